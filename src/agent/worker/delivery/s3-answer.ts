/**
 * What an answer of S3 means for the next try.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */

import contract from "../../../contract/delivery.json" with { type: "json" };
import type { DeliveryError } from "../../shared/delivery-status.ts";
import type { HttpAnswer } from "../../shared/http-message.ts";

export type NextStep =
  | { step: "done" }
  /** Try again after a pause; counts as an attempt. */
  | { step: "retry"; error: DeliveryError }
  /** Try again at once with what was learned; at most a few times, not counted. */
  | {
      step: "correct";
      error: DeliveryError;
      region?: string | undefined;
      location?: string | undefined;
      serverTime?: number;
    }
  /** Only other credentials can help. */
  | { step: "credentials"; error: DeliveryError }
  | { step: "fail"; error: DeliveryError };

const retryableCodes = new Set(contract.retryableCodes);
const credentialCodes = new Set(contract.credentialCodes);

export function nextStep(answer: HttpAnswer, method: string): NextStep {
  if (answer.status >= 200 && answer.status < 300) return { step: "done" };
  const error = answerError(answer, method);
  const region = learnedRegion(answer);
  if ([301, 302, 307, 308].includes(answer.status)) {
    const location = answer.headers.location;
    if (region === undefined && location === undefined) return { step: "fail", error };
    return {
      step: "correct",
      error,
      region,
      location,
    };
  }
  if (answer.status === 400 && region !== undefined && isRegionError(error.code)) {
    return { step: "correct", error, region };
  }
  if (error.code === "RequestTimeTooSkewed") {
    const serverTime = Date.parse(element(answer.body, "ServerTime") ?? answer.headers.date ?? "");
    return Number.isNaN(serverTime) ? { step: "fail", error } : { step: "correct", error, serverTime };
  }
  if (credentialCodes.has(error.code)) return { step: "credentials", error };
  if (
    answer.status >= 500 ||
    answer.status === 429 ||
    answer.status === 409 ||
    retryableCodes.has(error.code)
  ) {
    return { step: "retry", error };
  }
  return { step: "fail", error };
}

/** A HEAD has no body to tell which 400 it is; the region header alone says enough. */
function isRegionError(code: string): boolean {
  return contract.regionCodes.includes(code);
}

function learnedRegion(answer: HttpAnswer): string | undefined {
  const header = answer.headers["x-amz-bucket-region"];
  const region = typeof header === "string" ? header : element(answer.body, "Region");
  return region !== undefined && /^[a-z0-9-]{1,40}$/.test(region) ? region : undefined;
}

function answerError(answer: HttpAnswer, method: string): DeliveryError {
  const code = element(answer.body, "Code") ?? `Http${answer.status}`;
  const message = element(answer.body, "Message") ?? `${method} answered ${answer.status}`;
  return { code: code.slice(0, 80), message: message.slice(0, 300), httpStatus: answer.status };
}

/** S3's error documents are flat; no XML parser is worth its bytes here. */
function element(body: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(body)?.[1];
}
