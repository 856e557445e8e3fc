/**
 * Combines true coverage files among broken, foreign and forged ones: never a crash, never another number.
 * `npm run fuzz -- --seed 1 --files 10000`; a failure prints the batch's seed to replay.
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { combine } from "../src/combine/index.ts";
import { mappingVersion } from "../src/combine/map/probe-table.ts";
import { formatPlanKey, formatScriptKey, scriptsPrefix } from "../src/contract/object-keys.ts";
import { asBucket, deployedScript, runV8, scriptObject } from "../tests/oracle/collected.ts";
import { MemoryStore } from "../tests/oracle/memory-store.ts";
import { mutations, seeded } from "../tests/oracle/mutations.ts";
import { probedBucket, runProbedFolder } from "../tests/oracle/probed.ts";

const { values } = parseArgs({
  options: { seed: { type: "string", default: "1" }, files: { type: "string", default: "10000" } },
});
const filesPerBatch = 200;
const limits = { maxFileBytes: 4 * 1024 * 1024 };

const truth = await trueBucket();
const wanted = await figuresOf(new MemoryStore(truth));
const counts = new Map<string, number>();
let differences = 0;
let crashes = 0;
const files = Number(values.files);
for (let done = 0, batch = 0; done < files; done += filesPerBatch, batch++) {
  const seed = Number(values.seed) * 1_000_003 + batch;
  await runBatch(seed, Math.min(filesPerBatch, files - done));
}
const kinds = [...counts].map(([kind, count]) => `${count} ${kind}`).join(", ");
process.stdout.write(`${files} files (${kinds})\n${crashes} crashes, ${differences} differences\n`);
if (crashes + differences > 0) process.exitCode = 1;

/** What real runs stored: several snapshots by V8, and by probes. */
async function trueBucket(): Promise<Map<string, Uint8Array>> {
  const fixtures = path.resolve(import.meta.dirname, "../tests/oracle/fixtures");
  const entry = path.join(fixtures, "kitchen-sink.cjs");
  const events = JSON.parse(await readFile(path.join(fixtures, "kitchen-sink.events.json"), "utf8"));
  const script = deployedScript("kitchen-sink.cjs", await readFile(entry, "utf8"));
  const run = await runV8(entry, events, { eventsPerSnapshot: 2 });
  const app = { entry: script.path, scripts: [script] };
  const probed = await runProbedFolder(fixtures, app, events, { eventsPerSnapshot: 2 });
  return new Map([...asBucket(run, () => script), ...probedBucket(probed)]);
}

async function runBatch(seed: number, count: number): Promise<void> {
  const random = seeded(seed);
  const objects = new Map(truth);
  const trueKeys = [...truth.keys()].filter((key) => key.endsWith(".coverage"));
  const names = Object.keys(mutations);
  for (let index = 0; index < count; index++) {
    const name = names[Math.floor(random() * names.length)] as string;
    const of = trueKeys[Math.floor(random() * trueKeys.length)] as string;
    const bytes = mutations[name]?.(truth.get(of) as Uint8Array, random) as Uint8Array;
    // Before or behind the true file in the listing.
    const key = random() < 0.5 ? `coverage/0/${index}.coverage` : `coverage/3/${index}.coverage`;
    objects.set(key, bytes);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  forgeScripts(objects, random);
  try {
    if ((await figuresOf(new MemoryStore(objects))) === wanted) return;
    differences++;
    process.stderr.write(`batch seed ${seed}: another result\n`);
  } catch (error) {
    crashes++;
    process.stderr.write(`batch seed ${seed}: ${(error as Error).stack}\n`);
  }
}

/** Script files, plans and stored mappings that are not what their keys say. */
function forgeScripts(objects: Map<string, Uint8Array>, random: () => number): void {
  const scriptKey = [...truth.keys()].find((key) => key.startsWith(scriptsPrefix));
  const forged = deployedScript("forged.js", `forged(${random()})`);
  objects.set(formatScriptKey("0".repeat(64)), scriptObject(forged));
  objects.set(formatPlanKey("0".repeat(64)), gzipSync(JSON.stringify({ probes: random() })));
  const mapping = `${scriptKey?.replace(/\.json$/, "")}.mapping-${mappingVersion}.json`;
  const lies = [
    { version: mappingVersion },
    { version: mappingVersion, sha256: scriptKey?.slice(17, 81), length: 1e9, files: [] },
    [],
    null,
    "x",
  ];
  objects.set(
    mapping,
    random() < 0.5 ? gzipSync(JSON.stringify(lies[Math.floor(random() * lies.length)])) : Buffer.from("x"),
  );
}

async function figuresOf(store: MemoryStore): Promise<string> {
  const { coverageMap, unknown, environments, invocations } = await combine({
    store,
    prefix: "coverage/",
    limits,
  });
  return JSON.stringify([coverageMap.toJSON(), [...unknown], environments, invocations]);
}
