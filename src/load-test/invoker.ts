/** Invokes functions through the AWS SDK: on AWS, or on any endpoint that speaks Lambda's Invoke API. */
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";

export interface Invoked {
  /** Undefined where the request did not get as far as an invocation. */
  requestId: string | undefined;
  outcome: "ok" | "error" | "refused";
  /** What the function or Lambda said, where the outcome is not ok. */
  message: string | undefined;
}

/** Never rejects. */
export type Invoker = (functionName: string, payload: unknown) => Promise<Invoked>;

export interface InvokerOptions {
  /** Default: AWS, or AWS_ENDPOINT_URL_LAMBDA, as the SDK reads it. */
  endpoint?: string;
  region?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string };
}

export function createInvoker(options: InvokerOptions): { invoke: Invoker; close(): void } {
  // No retries: a second try is a second invocation, and nobody would know the first one's request id.
  const client = new LambdaClient({ maxAttempts: 1, ...options });
  const invoke: Invoker = async (functionName, payload) => {
    const command = new InvokeCommand({
      FunctionName: functionName,
      Payload: Buffer.from(JSON.stringify(payload)),
    });
    try {
      const answer = await client.send(command);
      const requestId = answer.$metadata.requestId;
      if (answer.FunctionError === undefined) return { requestId, outcome: "ok", message: undefined };
      return { requestId, outcome: "error", message: errorMessage(answer.Payload) };
    } catch (error) {
      const { name, message } = error as Error;
      return { requestId: undefined, outcome: "refused", message: `${name}: ${message}` };
    }
  };
  return { invoke, close: () => client.destroy() };
}

function errorMessage(payload: Uint8Array | undefined): string {
  const text = Buffer.from(payload ?? []).toString("utf8");
  try {
    const { errorType, errorMessage: message } = JSON.parse(text) as {
      errorType?: string;
      errorMessage?: string;
    };
    return `${errorType ?? "Error"}: ${message ?? text}`;
  } catch {
    return text.slice(0, 500);
  }
}
