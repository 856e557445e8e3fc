import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { readSettings } from "../../../contract/settings.ts";
import type { LocalS3 } from "../../../local/s3/types.ts";
import { createLog } from "../../shared/log.ts";
import { systemClock } from "./clock.ts";
import { createDelivery, type Delivery } from "./delivery.ts";
import { type MarkedEnvironment, type Marker, newMarker } from "./markers.ts";
import type { CoverageUpload } from "./uploads.ts";

export const bucket = "coverage-bucket";

export type LogLine = Record<string, unknown> & {
  level?: string;
  message?: string;
  details?: Record<string, unknown>;
};

export interface Trial {
  delivery: Delivery;
  env: Record<string, string>;
  lines: LogLine[];
  tmpDir: string;
}

/** A delivery as a function's agent would have it, against the S3-protocol server. */
export function newTrial(
  s3: Pick<LocalS3, "endpoint" | "region" | "accessKeyId" | "secretAccessKey">,
  extra: Record<string, string> = {},
  tmpDir = newTmpDir(),
): Trial {
  const env: Record<string, string> = {
    COVERAGE_S3_BUCKET: bucket,
    AWS_LAMBDA_FUNCTION_NAME: "orders",
    AWS_REGION: s3.region,
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
    ...extra,
  };
  const lines: LogLine[] = [];
  const log = createLog({
    level: "DEBUG",
    functionName: "orders",
    write: (line) => lines.push(JSON.parse(line) as LogLine),
  });
  const { settings } = readSettings(env);
  // The shortest pauses: how often a budget is tried must not depend on luck.
  const random = () => 0;
  const delivery = createDelivery({ settings, env, clock: systemClock, log, tmpDir, random, environment });
  return { delivery, env, lines, tmpDir };
}

const folders: string[] = [];

/** Removed when the test file has ended; a child process of a test names a folder of its own. */
export function newTmpDir(): string {
  const folder = mkdtempSync(join(tmpdir(), "delivery-"));
  folders.push(folder);
  return folder;
}

if (process.env.VITEST) {
  const { afterAll } = await import("vitest");
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });
}

let serial = 0;

export function newFile(overrides: Partial<CoverageUpload> = {}): CoverageUpload & { text: string } {
  const sequence = ++serial;
  const text = JSON.stringify({ sequence });
  return {
    key: `coverage/2026/11/20/orders-10000000${sequence % 10}-request-${sequence}.coverage`,
    body: gzipSync(text),
    environmentId: "env-a",
    sequence,
    requestId: `request-${sequence}`,
    text,
    ...overrides,
  };
}

/** Of whoever writes or reads the markers of a test's folder. */
export const environment: MarkedEnvironment = {
  settings: { s3Prefix: "coverage/", granularity: "block" },
  function: { name: "orders", version: "$LATEST", region: "us-east-1", runtime: "nodejs24.x" },
  environmentId: "env-reader",
  collectedFrom: "start",
};

export function markerOf({ environmentId, sequence, requestId, key }: CoverageUpload): Marker {
  const startedAt = Date.UTC(2026, 10, 20, 10);
  return { ...newMarker(environment, { environmentId, sequence, requestId, startedAt }), key };
}

export function within(ms: number): { deadlineAt: number } {
  return { deadlineAt: systemClock.now() + ms };
}

export function sdkClient(s3: LocalS3): S3Client {
  return new S3Client({
    endpoint: s3.endpoint,
    region: s3.region,
    forcePathStyle: true,
    credentials: { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey },
  });
}

export interface StoredObject {
  body: Uint8Array;
  contentType?: string;
  contentEncoding?: string;
  /** base64, as stored beside it. */
  checksumSha256?: string;
}

/** The object as the AWS SDK reads it, or undefined where there is none. */
export async function readObject(s3: LocalS3, key: string): Promise<StoredObject | undefined> {
  const client = sdkClient(s3);
  try {
    const found = await client.send(
      new GetObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: "ENABLED" }),
    );
    return {
      body: (await found.Body?.transformToByteArray()) ?? new Uint8Array(),
      ...(found.ChecksumSHA256 && { checksumSha256: found.ChecksumSHA256 }),
      ...(found.ContentType && { contentType: found.ContentType }),
      ...(found.ContentEncoding && { contentEncoding: found.ContentEncoding }),
    };
  } catch (error) {
    if ((error as Error).name === "NoSuchKey") return undefined;
    throw error;
  } finally {
    client.destroy();
  }
}
