/** Why a region could not be used, from the SDK's error. */
export interface Problem {
  code: string;
  message: string;
  remedy: string;
  /** Worth another attempt. */
  isPassing: boolean;
  state: "failed" | "not-enabled" | "unknown";
}

/** Opt-in regions that an account has not enabled do not know its keys. */
const notEnabled = ["UnrecognizedClientException", "InvalidClientTokenId", "InvalidSignatureException"];
const passing = ["TooManyRequestsException", "ThrottlingException", "ServiceException", "TimeoutError"];

interface SdkFields {
  /** Node.js's own errors: ECONNREFUSED, … */
  code?: string;
  $metadata?: { httpStatusCode?: number };
}

export function problemOf(error: unknown): Problem {
  const { name, code, message, $metadata } = error as Error & SdkFields;
  const status = $metadata?.httpStatusCode;
  const base = {
    code: name === "Error" ? (code ?? name) : name,
    message,
    isPassing: false,
    state: "failed" as const,
  };
  if (name === "CredentialsProviderError") {
    return {
      ...base,
      state: "unknown",
      remedy: "Set AWS credentials, e.g. by aws sso login and AWS_PROFILE.",
    };
  }
  if (notEnabled.includes(name)) {
    return { ...base, state: "not-enabled", remedy: "Enable the region for this account, or leave it out." };
  }
  if (status === 403 || name === "AccessDeniedException") {
    return {
      ...base,
      remedy: `Allow the action that the message names to who runs this. ${permissionsHint}`,
    };
  }
  const isPassing = passing.includes(name) || status === undefined || status >= 500;
  const remedy = isPassing
    ? "Run the same command again: regions that are done are left as they are."
    : "See the message; the other regions are not affected.";
  return { ...base, isPassing, remedy };
}

const permissionsHint =
  "A release needs lambda:ListLayerVersions, GetLayerVersion, PublishLayerVersion, and to share it " +
  "GetLayerVersionPolicy and AddLayerVersionPermission.";
