import { setTimeout as sleep } from "node:timers/promises";
import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";
import type { DeployedFunction } from "./functions.ts";

export interface SmokeOptions {
  lambda: LambdaClient;
  s3: S3Client;
  bucket: string;
  functions: readonly { row: DeployedFunction; name: string }[];
  /** The combiner function's name. */
  combiner: string;
  /** How long coverage may take to arrive. Default 30 s. */
  patienceMs?: number;
  log(line: string): void;
}

const folder = "coverage/";
const pollMs = 500;

/** Invokes every function with its events, waits for its coverage, combines. Throws at the first thing that is wrong. */
export async function smokeTest(options: SmokeOptions): Promise<{ files: number; combined: number }> {
  const { functions, log } = options;
  let files = 0;
  for (const { row, name } of functions) {
    const before = await filesOf(options, name);
    for (const [index, event] of row.events.entries()) {
      const { FunctionError, Payload } = await invoke(options, name, event);
      if (index > 0 || FunctionError === undefined) continue;
      throw new Error(`${name} failed at its first event: ${Payload?.transformToString()}`);
    }
    const arrived = await waitForFiles(options, name, before);
    log(`${name}: ${row.events.length} invocations, ${arrived} new coverage files`);
    files += arrived;
  }
  const { FunctionError, Payload } = await invoke(options, options.combiner, {
    bucket: options.bucket,
    prefix: folder,
  });
  const text = Payload?.transformToString() ?? "";
  if (FunctionError !== undefined) throw new Error(`${options.combiner} failed: ${text}`);
  const result = combinerResult(text);
  log(`combined ${result.files_processed} files: ${result.combined_coverage} % at ${result.output_location}`);
  if (result.files_processed < files)
    throw new Error(`the combiner saw ${result.files_processed} files of ${files}`);
  return { files, combined: result.combined_coverage };
}

function invoke({ lambda }: SmokeOptions, name: string, event: unknown) {
  return lambda.send(new InvokeCommand({ FunctionName: name, Payload: Buffer.from(JSON.stringify(event)) }));
}

interface CombinerResult {
  files_processed: number;
  combined_coverage: number;
  output_location: string;
}

/** The handler answers with the result, or with it as a body. */
function combinerResult(text: string): CombinerResult {
  const answer = JSON.parse(text) as CombinerResult & { body?: string };
  return answer.body === undefined ? answer : (JSON.parse(answer.body) as CombinerResult);
}

async function waitForFiles(options: SmokeOptions, name: string, before: number): Promise<number> {
  const until = Date.now() + (options.patienceMs ?? 30_000);
  for (;;) {
    const arrived = (await filesOf(options, name)) - before;
    if (arrived > 0) return arrived;
    if (Date.now() > until)
      throw new Error(`no coverage of ${name} arrived; ask: lambda-coverage doctor ${name}`);
    await sleep(pollMs);
  }
}

/** Coverage files of today (UTC); a run over midnight sees the new day's only. */
async function filesOf({ s3, bucket }: SmokeOptions, name: string): Promise<number> {
  const day = new Date().toISOString().slice(0, 10).replaceAll("-", "/");
  const page = await s3.send(
    new ListObjectsV2Command({ Bucket: bucket, Prefix: `${folder}${day}/${name}-` }),
  );
  return page.KeyCount ?? 0;
}
