/**
 * PUT and HEAD of one bucket: signed, retried with exponential backoff and jitter, corrected for region and
 * clock, all within a budget. Never rejects.
 */

import contract from "../../../contract/delivery.json" with { type: "json" };
import type { DeliveryError } from "../../shared/delivery-status.ts";
import type { Budget } from "../../shared/hold-budget.ts";
import { ExchangeError } from "../../shared/http-exchange.ts";
import type { HttpAnswer } from "../../shared/http-message.ts";
import { createBucketTarget } from "./bucket-target.ts";
import type { Clock } from "./clock.ts";
import { readCredentials, sameCredentials } from "./credentials.ts";
import { type Environment, hostHeader } from "./endpoint.ts";
import { createHttpConnection } from "./http-connection.ts";
import { type NextStep, nextStep } from "./s3-answer.ts";
import { type Credentials, encodeKey, sha256, signRequest } from "./sigv4.ts";

export interface S3Request {
  method: "PUT" | "HEAD";
  key: string;
  headers?: Record<string, string>;
  body?: Uint8Array;
  /** Default 3. */
  maxAttempts?: number;
}

export type S3Outcome =
  | { ok: true; attempts: number }
  | { ok: false; attempts: number; error: DeliveryError };

export interface S3Client {
  send(request: S3Request, budget: Budget): Promise<S3Outcome>;
  close(): void;
}

export interface S3ClientOptions {
  bucket: string;
  env: Environment;
  clock: Clock;
  /** 0 to 1; jitter. */
  random?: (() => number) | undefined;
}

/** Below `minAttemptMs` no exchange can end in time. */
const { maxAttempts, maxCorrections, firstBackoffMs, longBodyBytes, minAttemptMs } = contract;

export function createS3Client(options: S3ClientOptions): S3Client {
  const { bucket, env, clock } = options;
  const random = options.random ?? Math.random;
  const connection = createHttpConnection(clock);
  const target = createBucketTarget(bucket, env);
  let clockOffsetMs = 0;

  const exchangeOnce = (
    request: S3Request,
    credentials: Credentials,
    timeoutMs: number,
  ): Promise<HttpAnswer> => {
    const { region, endpoint } = target.current();
    const path = `${endpoint.pathPrefix}${encodeKey(request.key)}`;
    const digest = sha256(request.body ?? "");
    const payloadHash = digest.toString("hex");
    const headers = signRequest({
      method: request.method,
      path,
      headers: {
        host: hostHeader(endpoint),
        "x-amz-content-sha256": payloadHash,
        ...(request.body !== undefined && {
          "content-length": String(request.body.byteLength),
          // A bucket with Object Lock takes nothing without one.
          "x-amz-checksum-sha256": digest.toString("base64"),
        }),
        ...request.headers,
      },
      payloadHash,
      region,
      service: "s3",
      credentials,
      at: clock.wallTime() + clockOffsetMs,
    });
    const { protocol, hostname, port } = endpoint;
    return connection.exchange(
      { protocol, hostname, port, method: request.method, path, headers, body: request.body },
      timeoutMs,
    );
  };

  const learn = (step: NextStep & { step: "correct" }): boolean => {
    if (step.serverTime !== undefined) clockOffsetMs = step.serverTime - clock.wallTime();
    const moved = step.region !== undefined || step.location !== undefined;
    return !moved || target.learn(step);
  };

  return {
    close: () => connection.close(),
    async send(request, budget) {
      const allowed = request.maxAttempts ?? maxAttempts;
      let attempts = 0;
      let corrections = 0;
      let last: DeliveryError = { code: "NoBudget", message: "no time was left to try" };
      while (attempts < allowed) {
        const credentials = readCredentials(env);
        if (credentials === undefined) return { ok: false, attempts, error: noCredentials };
        const leftMs = budget.deadlineAt - clock.now();
        if (leftMs < minAttemptMs) break;
        attempts++;
        const patienceMs = isLong(request) || attempts === allowed ? leftMs : firstPatienceMs(leftMs);
        const step = await outcomeOf(() => exchangeOnce(request, credentials, patienceMs), request.method);
        if (step.step === "done") return { ok: true, attempts };
        last = step.error;
        if (step.step === "fail") break;
        if (step.step === "credentials" && sameCredentials(credentials, readCredentials(env))) break;
        if (step.step === "correct" || step.step === "credentials") {
          if (++corrections > maxCorrections || (step.step === "correct" && !learn(step))) break;
          attempts--;
          continue;
        }
        if (attempts === allowed) break;
        const pauseMs = firstBackoffMs * 2 ** (attempts - 1) * (0.5 + random() / 2);
        if (clock.now() + pauseMs + minAttemptMs > budget.deadlineAt) break;
        await clock.sleep(pauseMs);
      }
      return { ok: false, attempts, error: last };
    },
  };
}

const noCredentials: DeliveryError = {
  code: "NoCredentials",
  message: "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set in the function's environment",
};

/** One hanging server must not eat the time of the next try; the last try gets all that is left. */
function firstPatienceMs(leftMs: number): number {
  return Math.max(leftMs * 0.6, Math.min(leftMs, 300));
}

/** A body that may need all the time there is: cut short each time it would never arrive. */
function isLong({ body }: S3Request): boolean {
  return body !== undefined && body.byteLength > longBodyBytes;
}

async function outcomeOf(exchange: () => Promise<HttpAnswer>, method: string): Promise<NextStep> {
  try {
    return nextStep(await exchange(), method);
  } catch (error) {
    const { code = "Network", message } = error as ExchangeError;
    const failure: DeliveryError = { code, message };
    return error instanceof ExchangeError && error.deadSocket
      ? { step: "correct", error: failure }
      : { step: error instanceof ExchangeError ? "retry" : "fail", error: failure };
  }
}
