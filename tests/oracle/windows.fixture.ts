/** One environment's files as the layer stores them, with its init beside them, and what Istanbul saw meanwhile. */
import { createHash } from "node:crypto";
import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { createInstrumenter } from "istanbul-lib-instrument";
import type { CoverageFile, InitReference } from "../../src/contract/coverage-file.ts";
import { type InitExtent, type InitFile, initFormat } from "../../src/contract/init-file.ts";
import { coverageSuffix, formatInitKey, formatScriptKey } from "../../src/contract/object-keys.ts";
import { forEachRange, packRanges } from "../../src/contract/ranges.ts";
import {
  asBucket,
  type CollectOptions,
  type DeployedScript,
  deployedScript,
  type IstanbulRun,
  inTemporaryFolder,
  runIstanbul,
  runV8,
  type V8Run,
  type V8Script,
} from "./collected.ts";

export interface Recorded {
  run: V8Run;
  istanbul: IstanbulRun;
  scriptOf(url: string): DeployedScript | undefined;
}

/** Runs a folder's app under V8's coverage, a snapshot per event, and instrumented by Istanbul. */
export async function record(
  fixture: string,
  events: readonly unknown[],
  options: CollectOptions = {},
): Promise<Recorded> {
  const how = { eventsPerSnapshot: 1, ...options };
  return inTemporaryFolder(async (folder) => {
    const [plain, instrumented] = [path.join(folder, "plain"), path.join(folder, "instrumented")];
    await cp(fixture, plain, { recursive: true });
    await cp(fixture, instrumented, { recursive: true });
    const scripts = new Map<string, DeployedScript>();
    const instrumenter = createInstrumenter({ compact: false });
    for (const name of await readdir(plain)) {
      if (!name.endsWith(".cjs")) continue;
      const source = await readFile(path.join(plain, name), "utf8");
      scripts.set(pathToFileURL(path.join(plain, name)).href, deployedScript(name, source));
      await writeFile(path.join(instrumented, name), instrumenter.instrumentSync(source, name));
    }
    const run = await runV8(path.join(plain, "index.cjs"), [...events], how);
    const istanbul = await runIstanbul(path.join(instrumented, "index.cjs"), [...events], how);
    if (JSON.stringify(run.results) !== JSON.stringify(istanbul.results)) {
      throw new Error("the app answers differently when instrumented: nothing to compare");
    }
    return { run, istanbul, scriptOf: (url) => scripts.get(url) };
  });
}

/** The objects that the layer would have stored of the run, as one environment. */
export function environment(
  recorded: Recorded,
  file: Partial<CoverageFile> = {},
  { exact = true, extent = "first-file" }: { exact?: boolean; extent?: InitExtent } = {},
): Map<string, Uint8Array> {
  const objects = asBucket(recorded.run, recorded.scriptOf, exact ? { exact, ...file } : file);
  const inits = initsOf(recorded, { granularity: file.granularity ?? "block", extent });
  for (const { key, body } of inits) objects.set(key, body);
  for (const [key, bytes] of objects) {
    if (!key.endsWith(coverageSuffix)) continue;
    const stored = JSON.parse(gunzipSync(bytes).toString("utf8")) as CoverageFile;
    const { sequence } = stored.environment;
    const known: InitReference[] = inits
      .filter((init) => init.sequence <= sequence)
      .map((init) => ({ init: init.key, sequence: init.sequence }));
    objects.set(key, gzipSync(JSON.stringify({ ...stored, inits: known })));
  }
  return objects;
}

/** By the sequence whose file holds it: the scripts that came first in that snapshot. */
function initsOf({ run, scriptOf }: Recorded, how: Pick<InitFile, "extent" | "granularity">) {
  const seen = new Set<string>();
  return run.snapshots.flatMap((snapshot, sequence) => {
    const fresh = snapshot.filter(({ url }) => scriptOf(url) !== undefined && !seen.has(url));
    for (const { url } of fresh) seen.add(url);
    if (fresh.length === 0) return [];
    const scripts = fresh.map((script) => initScript(script, scriptOf(script.url) as DeployedScript));
    return [{ ...initObject({ format: initFormat, ...how, scripts }), sequence }];
  });
}

export function initObject(file: InitFile): { key: string; body: Uint8Array } {
  const json = JSON.stringify(file);
  return {
    key: formatInitKey(createHash("sha256").update(json).digest("hex")),
    body: gzipSync(json),
  };
}

function initScript({ functions }: V8Script, { path: at, sha256, source }: DeployedScript) {
  const ran = Buffer.alloc(source.length, "-");
  forEachRange(packRanges(functions), (start, end, count) => ran.fill(count === 0 ? "-" : "x", start, end));
  const covered: number[] = [];
  let end = 0;
  for (const { 0: stretch, index } of ran.toString().matchAll(/x+/g)) {
    covered.push(index - end, stretch.length);
    end = index + stretch.length;
  }
  return {
    kind: "v8" as const,
    path: at,
    script: formatScriptKey(sha256),
    collectedFrom: "start" as const,
    covered,
  };
}
