/**
 * Combines true coverage files among broken, foreign and forged ones: never a crash, never another number.
 * `npm run fuzz -- --seed 1 --files 10000`; a failure prints the batch's seed to replay. `--hostile`: objects of 100 KB
 * at most that are made to cost their reader much, each beside the true ones; what takes more than 2 s of processor time
 * or 300 MB more than before is named.
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { combine } from "../src/combine/index.ts";
import { mappingVersion } from "../src/combine/map/probe-table.ts";
import {
  formatMappingKey,
  formatPlanKey,
  formatScriptKey,
  initsPrefix,
  parseScriptKey,
  scriptsPrefix,
} from "../src/contract/object-keys.ts";
import { deployedScript, scriptObject } from "../tests/oracle/collected.ts";
import { hostileObjects } from "../tests/oracle/hostile-objects.ts";
import { MemoryStore } from "../tests/oracle/memory-store.ts";
import { mutations, seeded } from "../tests/oracle/mutations.ts";
import { probedBucket, runProbedFolder } from "../tests/oracle/probed.ts";
import { environment, record } from "../tests/oracle/windows.fixture.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    files: { type: "string", default: "10000" },
    hostile: { type: "boolean", default: false },
  },
});
const filesPerBatch = 200;
const limits = { maxFileBytes: 4 * 1024 * 1024 };

/** Whatever is done to bytes; the other mutations edit a coverage file's fields. */
const ofBytes = [
  "truncated",
  "bit flipped",
  "bytes shuffled",
  "garbage behind",
  "garbage before",
  "gzip'd twice",
]
  .concat([
    "two in one",
    "empty",
    "noise",
    "plain text",
    "lying trailer",
    "bomb",
    "nested deeply",
    "cut JSON",
  ])
  .concat(["another version", "spaces in it", "a list", "unpacked already"]);

const truth = await trueBucket();
const wanted = await figuresOf(new MemoryStore(truth));
/** Where the init is not what it was: less is known then, and nothing else. */
const initKey = [...truth.keys()].find((key) => key.startsWith(initsPrefix)) as string;
const wantedWithoutInit = await figuresOf(new MemoryStore([...truth].filter(([key]) => key !== initKey)));
const counts = new Map<string, number>();
let differences = 0;
let crashes = 0;
let overLimits = 0;
const files = Number(values.files);
if (values.hostile) await runHostile();
else
  for (let done = 0, batch = 0; done < files; done += filesPerBatch, batch++) {
    const seed = Number(values.seed) * 1_000_003 + batch;
    await runBatch(seed, Math.min(filesPerBatch, files - done));
  }
const kinds = [...counts].map(([kind, count]) => `${count} ${kind}`).join(", ");
process.stdout.write(
  `${files} files (${kinds})\n${crashes} crashes, ${differences} differences, ${overLimits} over their limits\n`,
);
if (crashes + differences + overLimits > 0) process.exitCode = 1;

/** What real runs stored: a window of one whose first file is gone, so that it needs the init, and one by probes. */
async function trueBucket(): Promise<Map<string, Uint8Array>> {
  const fixtures = path.resolve(import.meta.dirname, "../tests/oracle/fixtures");
  const objects = environment(
    await record(path.join(fixtures, "windows"), await eventsIn(path.join(fixtures, "windows/events.json"))),
  );
  const [first] = [...objects.keys()].filter((key) => key.endsWith(".coverage")).sort();
  objects.delete(first as string);
  const entry = path.join(fixtures, "kitchen-sink.cjs");
  const script = deployedScript("kitchen-sink.cjs", await readFile(entry, "utf8"));
  const app = { entry: script.path, scripts: [script] };
  const events = await eventsIn(path.join(fixtures, "kitchen-sink.events.json"));
  const probed = await runProbedFolder(fixtures, app, events, { eventsPerSnapshot: 2 });
  return new Map([...objects, ...probedBucket(probed)]);
}

async function eventsIn(file: string): Promise<unknown[]> {
  return JSON.parse(await readFile(file, "utf8"));
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
  const isSpoiled = random() < 0.5 && spoilInit(objects, random);
  try {
    const figures = await figuresOf(new MemoryStore(objects));
    // Other bytes may be the same JSON.
    if (figures === wanted || (isSpoiled && figures === wantedWithoutInit)) return;
    differences++;
    process.stderr.write(`batch seed ${seed}: another result\n`);
  } catch (error) {
    crashes++;
    process.stderr.write(`batch seed ${seed}: ${(error as Error).stack}\n`);
  }
}

function spoilInit(objects: Map<string, Uint8Array>, random: () => number): true {
  const name = ofBytes[Math.floor(random() * ofBytes.length)] as string;
  const mutate = mutations[name] as (typeof mutations)[string];
  objects.set(initKey, mutate(truth.get(initKey) as Uint8Array, random));
  counts.set(`init ${name}`, (counts.get(`init ${name}`) ?? 0) + 1);
  return true;
}

/** One at a time: what it costs is then its own. */
async function runHostile(): Promise<void> {
  const mostCpuMs = 2000;
  const mostMegabytes = 300;
  for (let index = 0; index < files; index++) {
    const seed = Number(values.seed) * 1_000_003 + index;
    const { kind, objects } = hostileObjects(seeded(seed));
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    globalThis.gc?.();
    const [cpu, peak] = [process.cpuUsage(), process.resourceUsage().maxRSS];
    const rss = process.memoryUsage.rss();
    try {
      const figures = await figuresOf(new MemoryStore([...truth, ...objects]));
      if (figures !== wanted) {
        differences++;
        process.stderr.write(`seed ${seed}, ${kind}: another result\n`);
      }
    } catch (error) {
      crashes++;
      process.stderr.write(`seed ${seed}, ${kind}: ${(error as Error).stack}\n`);
    }
    const { user, system } = process.cpuUsage(cpu);
    const cpuMs = Math.round((user + system) / 1000);
    const now = process.resourceUsage().maxRSS;
    // Only a new peak of the process is this file's.
    const megabytes = now > peak ? Math.round(now / 1024 - rss / 1024 / 1024) : 0;
    if (cpuMs <= mostCpuMs && megabytes <= mostMegabytes) continue;
    overLimits++;
    process.stderr.write(`seed ${seed}, ${kind}: ${cpuMs} ms, ${megabytes} MB\n`);
  }
}

/** Script files, plans and stored mappings that are not what their keys say. */
function forgeScripts(objects: Map<string, Uint8Array>, random: () => number): void {
  const [scriptKey] = [...truth.keys()].filter((key) => key.startsWith(scriptsPrefix));
  const sha256 = parseScriptKey(scriptKey ?? "") ?? "";
  const forged = deployedScript("forged.js", `forged(${random()})`);
  objects.set(formatScriptKey("0".repeat(64)), scriptObject(forged));
  objects.set(formatPlanKey("0".repeat(64)), gzipSync(JSON.stringify({ probes: random() })));
  const lies = [
    { version: mappingVersion },
    { version: mappingVersion, sha256, length: 1e9, files: [] },
    [],
    null,
    "x",
  ];
  objects.set(
    formatMappingKey(sha256, mappingVersion),
    random() < 0.5 ? gzipSync(JSON.stringify(lies[Math.floor(random() * lies.length)])) : Buffer.from("x"),
  );
}

async function figuresOf(store: MemoryStore): Promise<string> {
  const { coverageMap, unknown, environments, invocations, atLoad } = await combine({
    store,
    prefix: "coverage/",
    limits,
  });
  // Well-formed hostile files add figures of their own.
  if (values.hostile) return JSON.stringify(coverageMap.toJSON()["index.cjs"]);
  return JSON.stringify([coverageMap.toJSON(), [...unknown], [...atLoad], environments, invocations]);
}
