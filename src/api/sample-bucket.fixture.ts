/** A bucket as functions leave it: real V8 ranges of a small script, stored as the agent stores them. */
import { createHash } from "node:crypto";
import { Session } from "node:inspector/promises";
import { Script } from "node:vm";
import { gzipSync } from "node:zlib";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { type CoverageFile, coverageFormat } from "../contract/coverage-file.ts";
import { type InitFile, initFormat } from "../contract/init-file.ts";
import {
  formatCoverageKey,
  formatExecutionId,
  formatInitKey,
  formatScriptKey,
} from "../contract/object-keys.ts";
import { packRanges } from "../contract/ranges.ts";
import { type ScriptFile, scriptFormat } from "../contract/script-file.ts";
import type { LocalS3 } from "../local/s3/types.ts";

export const bucket = "face-bucket";

const source = `function pick(n) {
  if (n > 1) {
    return "big";
  }
  return "small";
}
function never() {
  return 0;
}
globalThis.picked = [pick(globalThis.size)];
`;

export class SampleBucket {
  readonly #client: S3Client;
  #files = 0;

  constructor(s3: LocalS3) {
    this.#client = new S3Client({
      endpoint: s3.endpoint,
      region: s3.region,
      forcePathStyle: true,
      credentials: { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey },
    });
  }

  /** Runs the script with `size` in this V8 and stores what an environment of its own would. */
  async addRun(prefix: string, size: number): Promise<string> {
    const script = await this.#putScript();
    const serial = ++this.#files;
    const file: CoverageFile = {
      format: coverageFormat,
      function: { name: "orders", version: "1", region: "us-east-1", runtime: "nodejs24.x" },
      environment: { id: `environment-${serial}`, sequence: 0 },
      invocations: [
        { requestId: `r-${serial}`, startedAt: "2026-11-20T10:00:00.000Z", durationMs: 1, outcome: "ok" },
      ],
      granularity: "block",
      collectedFrom: "start",
      scripts: [
        {
          kind: "v8",
          path: "index.js",
          script,
          ranges: packRanges(await runOnce(size, `run-${serial}.js`)),
        },
      ],
    };
    return this.#putFile(prefix, serial, file);
  }

  /** A later file of an environment, in which nothing ran, and the environment's init. */
  async addIdleWindow(prefix: string): Promise<string> {
    const script = await this.#putScript();
    // All but the two functions, each with its line feed behind it.
    const [second, rest] = [source.indexOf("function never"), source.indexOf("globalThis.picked")];
    const covered = [second - 1, 1, rest - 1 - second, source.length - rest + 1];
    const init: InitFile = {
      format: initFormat,
      extent: "first-file",
      granularity: "block",
      scripts: [{ kind: "v8", path: "index.js", script, collectedFrom: "start", covered }],
    };
    const json = JSON.stringify(init);
    const initKey = formatInitKey(createHash("sha256").update(json).digest("hex"));
    await this.put(initKey, gzipSync(json));
    const serial = ++this.#files;
    const file: CoverageFile = {
      format: coverageFormat,
      function: { name: "orders", version: "1", region: "us-east-1", runtime: "nodejs24.x" },
      environment: { id: `environment-${serial}`, sequence: 3 },
      invocations: [],
      granularity: "block",
      collectedFrom: "start",
      exact: true,
      inits: [{ init: initKey, sequence: 0 }],
      scripts: [],
    };
    return this.#putFile(prefix, serial, file);
  }

  async #putFile(prefix: string, serial: number, file: CoverageFile): Promise<string> {
    const date = new Date("2026-11-20T10:00:00Z");
    const executionId = formatExecutionId(date, `request-${String(serial).padStart(4, "0")}`);
    const key = formatCoverageKey({ prefix, functionName: "orders", executionId, date });
    await this.put(key, gzipSync(JSON.stringify(file)));
    return key;
  }

  async #putScript(): Promise<string> {
    const sha256 = createHash("sha256").update(source).digest("hex");
    const script: ScriptFile = { format: scriptFormat, kind: "v8", sha256, path: "index.js", source };
    await this.put(formatScriptKey(sha256), gzipSync(JSON.stringify(script)));
    return formatScriptKey(sha256);
  }

  async put(key: string, body: Uint8Array): Promise<void> {
    await this.#client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
  }

  async keys(prefix: string): Promise<string[]> {
    const page = await this.#client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
    return (page.Contents ?? []).map(({ Key }) => Key as string);
  }
}

async function runOnce(size: number, name: string) {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", { detailed: true, callCount: true });
  Object.assign(globalThis, { size });
  new Script(source, { filename: `/var/task/${name}` }).runInThisContext();
  const { result } = await session.post("Profiler.takePreciseCoverage");
  session.disconnect();
  const script = result.find(({ url }) => url.endsWith(`/${name}`));
  if (script === undefined) throw new Error("V8 reported nothing of the sample script");
  return script.functions;
}

/** The object's bytes as the AWS SDK reads them. */
export async function readObject(s3: LocalS3, key: string): Promise<Buffer> {
  const client = new S3Client({
    endpoint: s3.endpoint,
    region: s3.region,
    forcePathStyle: true,
    credentials: { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey },
  });
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}
