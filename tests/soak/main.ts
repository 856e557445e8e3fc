/**
 * `npm run soak -- --minutes N --seed S`: random handlers, endings, S3 faults and settings, with the layer held
 * against bare. Exits 1 where a result changed, or where coverage is neither stored, pending nor recorded as
 * lost. Each episode has dice of its own: `--seed S --episode K` plays that one again. `--runtime python`: the
 * Python layer; `--busy`: beside as many spinning processes as there are cores.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { Host } from "../behaviour/host.ts";
import { type EpisodeResult, playEpisode } from "./episode.ts";
import { drawEpisode } from "./episode-plan.ts";
import { languageOf } from "./language.ts";
import { Dice } from "./random.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "1" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    episode: { type: "string" },
    runtime: { type: "string", default: "nodejs" },
    busy: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const seed = Number(values.seed);
const minutes = Number(values.minutes);
const language = await languageOf(values.runtime);
const only = values.episode === undefined ? undefined : Number(values.episode);
if (values.runtime !== "nodejs" && values.runtime !== "python") {
  console.error("--runtime is nodejs or python");
  process.exit(2);
}
if (![seed, minutes, only ?? 0].every(Number.isFinite)) {
  console.error("--minutes, --seed and --episode take numbers, e.g. --minutes 2 --seed 1");
  process.exit(2);
}

const sums = { episodes: 0, invocations: 0, faults: 0, files: 0, stored: 0, pending: 0, lost: 0 };
const failures: { episode: number; violations: string[] }[] = [];

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

await play();
report();

async function play(): Promise<void> {
  const host = await Host.start();
  const spinning = values.busy ? spin() : [];
  const endsAt = performance.now() + minutes * 60_000;
  say(only === undefined ? `seed ${seed}, ${minutes} min` : `seed ${seed}, episode ${only}`);
  try {
    if (only !== undefined) return await playOne(host, only);
    for (let episode = 0; performance.now() < endsAt; episode++) await playOne(host, episode);
  } finally {
    for (const child of spinning) child.kill();
    await host.stop();
  }
}

/** One for each core, ended with this process. */
function spin(): ChildProcess[] {
  const program =
    "const parent = process.ppid; for (let n = 0; ; n++) if (n % 1e8 === 0 && process.ppid !== parent) break;";
  return Array.from({ length: availableParallelism() }, () => spawn(process.execPath, ["-e", program]));
}

async function playOne(host: Host, episode: number): Promise<void> {
  const plan = drawEpisode(new Dice(Math.imul(seed, 0x9e3779b1) + episode), language);
  let result: EpisodeResult;
  try {
    result = await playEpisode(host, plan, language);
  } catch (error) {
    fail(episode, [`the episode could not be played: ${(error as Error).stack}`]);
    return;
  } finally {
    await host.s3.setFaults();
  }
  sums.episodes++;
  const { violations, ...counted } = result;
  for (const [name, count] of Object.entries(counted)) sums[name as keyof typeof counted] += count;
  if (violations.length === 0) return;
  const { runtime, environment } = plan;
  fail(episode, [`${runtime.runtime} ${JSON.stringify(environment)}`, ...violations]);
}

function fail(episode: number, violations: string[]): void {
  failures.push({ episode, violations });
  say(
    `FAILED ${violations.join("\n  ")}\n  replay: npm run soak -- --runtime ${values.runtime} --seed ${seed} --episode ${episode}`,
  );
}

function report(): void {
  if (values.json) console.log(JSON.stringify({ seed, ...sums, failures }));
  else {
    const { episodes, invocations, faults, files, stored, pending, lost } = sums;
    console.log(
      `${episodes} episodes, ${invocations} invocations, ${faults} faults, ${files} files: ${stored} stored, ${pending} pending, ${lost} lost; ${failures.length} failures`,
    );
  }
  if (failures.length > 0) process.exitCode = 1;
}
