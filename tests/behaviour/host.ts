/** The local Lambda with an S3-protocol server beside it, and what the suite reads from both. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import type { CoverageFile, ProbesScriptCoverage } from "../../src/contract/coverage-file.ts";
import { countOf, type ProbePlan, plannedStatements } from "../../src/contract/probe-plan.ts";
import { forEachRange } from "../../src/contract/ranges.ts";
import type { ScriptFile } from "../../src/contract/script-file.ts";
import {
  type InvokeResult,
  type LocalEvent,
  type LocalFunctionConfig,
  type LocalLambda,
  type LocalS3,
  type LocalS3Options,
  type S3Endpoint,
  startLocalLambda,
  startLocalS3,
} from "../../src/local/index.ts";
import { unzip } from "../../src/local/lambda/unzip.ts";
import { layerZip } from "./deployed-function.ts";
import { bucket, otherServer, type RuntimeRow, runtimes, transport } from "./given.ts";
import { withoutOwnFolder } from "./own-folder.ts";

export { bucket, type RuntimeRow, runtimes };

export class Host {
  readonly folder = mkdtempSync(join(tmpdir(), "behaviour-"));
  readonly s3: LocalS3;
  readonly lambda: LocalLambda;
  readonly #client: S3Client;
  #names = 0;

  private constructor(s3: LocalS3, lambda: LocalLambda) {
    this.s3 = s3;
    this.lambda = lambda;
    const { endpoint, region, accessKeyId, secretAccessKey } = s3;
    const credentials = { accessKeyId, secretAccessKey };
    this.#client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  }

  static async start(options: Pick<LocalS3Options, "keepAliveTimeoutMs"> = {}): Promise<Host> {
    const other = await otherServer();
    const s3 = other ?? (await startLocalS3({ buckets: [bucket], ...options }));
    const host = new Host(
      s3,
      await startLocalLambda({ s3: other === undefined ? s3 : endpointOf(s3), transport }),
    );
    await unzip(layerZip, host.layer);
    return host;
  }

  /** The built layer, unzipped: what functions get as /opt. */
  get layer(): string {
    return join(this.folder, "layer");
  }

  /** `node_modules` with the package as the layer brings it. */
  get modules(): string {
    return join(this.layer, "nodejs/node_modules");
  }

  async stop(): Promise<void> {
    this.#client.destroy();
    await this.lambda.stop();
    await this.s3.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  newFolder(): string {
    return mkdtempSync(join(this.folder, "fn-"));
  }

  /** A function without the layer. */
  async bare(config: Omit<LocalFunctionConfig, "name">): Promise<string> {
    const name = `bare-${this.#names++}`;
    await this.lambda.createFunction({ ...config, name });
    return name;
  }

  /** The function with the layer by its exec wrapper. */
  async layered(config: Omit<LocalFunctionConfig, "name">): Promise<string> {
    const name = `layered-${this.#names++}`;
    const environment = {
      AWS_LAMBDA_EXEC_WRAPPER: "/opt/coverage-wrapper",
      COVERAGE_S3_BUCKET: bucket,
      ...config.environment,
    };
    await this.lambda.createFunction({ layers: [layerZip], ...config, name, environment });
    return name;
  }

  /** The function that wraps its handlers itself; the layer only brings the package. */
  async wrappedInCode(config: Omit<LocalFunctionConfig, "name">): Promise<string> {
    const name = `in-code-${this.#names++}`;
    const environment = { COVERAGE_S3_BUCKET: bucket, ...config.environment };
    await this.lambda.createFunction({ layers: [layerZip], ...config, name, environment });
    return name;
  }

  /** Coverage files of one function, in the order of their environments' sequences. */
  async coverageFiles(functionName: string): Promise<CoverageFile[]> {
    const keys = (await this.keys("coverage/")).filter((key) => key.includes(`/${functionName}-`));
    const files: CoverageFile[] = [];
    for (let at = 0; at < keys.length; at += 50) {
      const some = keys.slice(at, at + 50).map((key) => this.object<CoverageFile>(key));
      files.push(...(await Promise.all(some)));
    }
    return files.sort((a, b) => a.environment.sequence - b.environment.sequence);
  }

  async keys(prefix: string): Promise<string[]> {
    const keys: string[] = [];
    let token: string | undefined;
    do {
      const page = await this.#client.send(
        new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token }),
      );
      for (const { Key } of page.Contents ?? []) if (Key !== undefined) keys.push(Key);
      token = page.NextContinuationToken;
    } while (token !== undefined);
    return keys;
  }

  async object<T>(key: string): Promise<T> {
    return JSON.parse(gunzipSync(await this.#bytes(key)).toString("utf8")) as T;
  }

  /** Of an object that is stored as it is, such as a report. */
  async text(key: string): Promise<string> {
    return Buffer.from(await this.#bytes(key)).toString("utf8");
  }

  async #bytes(key: string): Promise<Uint8Array> {
    const { Body } = await this.#client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return (await Body?.transformToByteArray()) ?? new Uint8Array();
  }

  /**
   * How often the code at `needle` ran, over all files: the count at that point of the stored source. An
   * oracle of its own: no difference arrays, the innermost range wins.
   */
  async countAt(files: readonly CoverageFile[], path: string, needle: string): Promise<number> {
    let total = 0;
    for (const file of files) {
      for (const script of file.scripts) {
        if (script.path !== path || script.script === null) continue;
        const { source } = await this.object<ScriptFile>(script.script);
        const offset = source.indexOf(needle);
        if (offset < 0) throw new Error(`${needle} is not in the stored source of ${path}`);
        let count = 0;
        if (script.kind === "probes") {
          const { plan, counts } = await this.probeCounts(script);
          const statement = [...plannedStatements(plan)].find(({ start }) => start === offset);
          total += countOf(plan, statement?.reference ?? 0, counts) ?? Number.NaN;
          continue;
        }
        if (script.kind !== "v8") continue;
        forEachRange(script.ranges, (start, end, rangeCount) => {
          if (start <= offset && offset < end) count = Math.abs(rangeCount);
        });
        total += count;
      }
    }
    return total;
  }

  /** The counts of a probed file by the number of the probe, with the plan that reads them. */
  async probeCounts(script: ProbesScriptCoverage): Promise<{ plan: ProbePlan; counts: Float64Array }> {
    const plan = await this.object<ProbePlan>(script.plan as string);
    const counts = new Float64Array(plan.probes);
    for (let at = 0, probe = 0; at < script.counts.length; at += 2, probe++) {
      probe += script.counts[at] as number;
      counts[probe] = script.counts[at + 1] as number;
    }
    return { plan, counts };
  }

  /** The function's own log lines: without Lambda's, without ours, without times and ids. */
  async ownLines(functionName: string): Promise<string[]> {
    return (await this.#lines(functionName))
      .filter((line) => !isOurs(line))
      .map((line) => line.replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z/, "<time>").replace(uuid, "<id>"));
  }

  async layerLines(functionName: string): Promise<Record<string, unknown>[]> {
    return (await this.#lines(functionName)).filter(isOurs).map((line) => JSON.parse(line));
  }

  async #lines(functionName: string): Promise<string[]> {
    const text = await this.lambda.logs(functionName);
    return text
      .split("\n")
      .filter((line) => line !== "" && !/^(START|END|REPORT|INIT_START|INIT_REPORT) /.test(line))
      .map(withoutOwnFolder);
  }

  async eventsOf(sandboxId: string): Promise<LocalEvent[]> {
    return this.lambda.events({ sandboxId });
  }
}

/** What the local Lambda is told of a server that is not ours. */
function endpointOf({ endpoint, region, accessKeyId, secretAccessKey }: LocalS3): S3Endpoint {
  return { endpoint, region, accessKeyId, secretAccessKey };
}

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

function isOurs(line: string): boolean {
  return line.includes('"source":"lambda-coverage"');
}

/** What the caller sees: with the layer it must be what it is without. */
export interface Seen {
  statusCode: number;
  functionError: string | undefined;
  contentType: string | undefined;
  timedOut: boolean;
  payload: unknown;
  trace: string[] | undefined;
}

export function seen(result: InvokeResult): Seen {
  const { statusCode, functionError, contentType, timedOut, requestId } = result;
  const text = withoutOwnFolder(result.payload.replaceAll(requestId, "<id>"));
  let payload: unknown = text;
  let trace: string[] | undefined;
  if (functionError !== undefined) {
    const parsed = parseObject(text);
    trace = parsed?.trace;
    delete parsed?.trace;
    payload = parsed ?? text;
  }
  return { statusCode, functionError, contentType, timedOut, payload, trace };
}

/** A stream that broke off in the middle leaves no JSON. */
function parseObject(text: string): { trace?: string[] } | undefined {
  try {
    return JSON.parse(text) as { trace?: string[] };
  } catch {
    return undefined;
  }
}

export interface TraceComparison {
  /** Thrown while loading: below the user's frames lie the loader's, and the way there is another with us. */
  whileLoading: boolean;
  /** Another build of the same code: its positions differ, its functions do not. */
  positionsDiffer: boolean;
}

/**
 * V8 keeps ten frames, so a frame of ours that was taken out leaves the trace shorter, never different.
 * `[as handler]` names the receiver's property that holds the function: with us it holds a proxy of it.
 */
export function isTraceOf(
  layered: string[] | undefined,
  bare: string[] | undefined,
  { positionsDiffer, whileLoading }: TraceComparison,
): boolean {
  if (layered === undefined || bare === undefined) return layered === bare;
  const comparable = (line: string): string => {
    const plain = line.replace(/ \[as \w+\]/, "");
    return positionsDiffer ? plain.replace(/:\d+:\d+|\b\w{1,2} \(/g, "") : plain;
  };
  const ofUser = (trace: string[]): string[] =>
    trace.filter((line) => !/^ +at /.test(line) || line.includes("/var/task/")).map(comparable);
  const sameUserFrames = ofUser(layered).join("\n") === ofUser(bare).join("\n");
  if (whileLoading) return sameUserFrames && !layered.some((line) => line.includes("/opt/lambda-coverage"));
  return (
    sameUserFrames &&
    layered.every((line, index) => comparable(line) === comparable(bare[index] ?? "")) &&
    layered.length >= bare.length - 2
  );
}
