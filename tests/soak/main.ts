/**
 * `npm run soak -- --minutes N --seed S`: random handlers, endings, S3 faults and settings, with the layer held
 * against bare. Exits 1 where a result changed, or where coverage is neither stored, pending nor recorded as
 * lost. The seed replays the choices.
 */
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual, parseArgs } from "node:util";
import type { FaultKind } from "../../src/local/index.ts";
import { fixtures } from "../behaviour/deployed-function.ts";
import { Host, runtimes, seen } from "../behaviour/host.ts";
import { type Asked, balance, coveredOffsets } from "./ledger.ts";
import { seededRandom } from "./seeded-random.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "1" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    json: { type: "boolean", default: false },
  },
});
const seed = Number(values.seed);
const endsAt = performance.now() + Number(values.minutes) * 60_000;
const random = seededRandom(seed);

const gentleWays = ["return", "return", "return", "throw"];
const endings = ["exit", "exitLater", "uncaught", "unhandled", "kill", "term", "wait", "spin", "late"];
const faults: FaultKind[] = [
  "refuse",
  "reset",
  "hang",
  "drip",
  "InternalError",
  "SlowDown",
  "AccessDenied",
  "ExpiredToken",
  "RequestTimeTooSkewed",
  "PreconditionFailed",
];
const variants: Record<string, string>[] = [
  {},
  { COVERAGE_UPLOAD: "new" },
  { COVERAGE_GRANULARITY: "function" },
  { COVERAGE_UPLOAD_TIMEOUT: "0.2" },
];

/** The circuit breaker asks again after at most so many invocations that it skipped. */
const maxSettlingCalls = 64;

interface Twin {
  bare: string;
  layered: string;
  environment: Record<string, string>;
  asked: Asked[];
}

const tally = { invocations: 0, endings: 0, faults: 0, files: 0, stored: 0, pending: 0, lost: 0 };
const changed: string[] = [];
const unexplained: string[] = [];

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

const host = await Host.start();
try {
  say(`seed ${seed}, ${values.minutes} min`);
  const code = host.newFolder();
  copyFileSync(join(fixtures, "endings.cjs"), join(code, "index.js"));
  const twins = await createTwins(code);
  while (performance.now() < endsAt) await step(random.pick(twins));
  await host.s3.setFaults();
  for (const twin of twins) await settle(twin);
  await compareUploadModes(code);
} finally {
  await host.stop();
}
report();

async function createTwins(code: string): Promise<Twin[]> {
  const twins: Twin[] = [];
  for (const row of runtimes) {
    for (const environment of variants) {
      const config = { code, handler: "index.handler", timeoutSeconds: 2, memoryMb: 256, ...row };
      const [bare, layered] = [await host.bare(config), await host.layered({ ...config, environment })];
      twins.push({ bare, layered, environment, asked: [] });
    }
  }
  return twins;
}

async function step(twin: Twin): Promise<void> {
  if (random.chance(0.2)) await changeFaults();
  const hard = random.chance(0.15);
  const way = random.pick(hard ? endings : gentleWays);
  const [bare, layered] = await Promise.all([
    host.lambda.invoke(twin.bare, { way }),
    host.lambda.invoke(twin.layered, { way }),
  ]);
  tally.invocations++;
  if (hard) tally.endings++;
  twin.asked.push(layered);
  const [without, with_] = [bare, layered].map((result) => ({ ...seen(result), trace: undefined }));
  if (!isDeepStrictEqual(without, with_)) {
    changed.push(
      `${way} ${JSON.stringify(twin.environment)}: ${JSON.stringify(without)} → ${JSON.stringify(with_)}`,
    );
    say(`CHANGED ${changed.at(-1)}`);
  }
}

async function changeFaults(): Promise<void> {
  if (random.chance(0.5)) return host.s3.setFaults();
  tally.faults++;
  const kind = random.pick(faults);
  await host.s3.setFaults({ seed, faults: [{ kind, probability: random.pick([0.3, 1]) }] });
}

/** Without faults, later invocations bring what was pending, what V8 still held, and what was lost. */
async function settle(twin: Twin): Promise<void> {
  let result = await balance(host, twin.layered, twin.asked);
  for (const sandbox of new Set(twin.asked.map(({ sandboxId }) => sandboxId))) {
    for (let call = 0; call < maxSettlingCalls; call++) {
      twin.asked.push(await host.lambda.invoke(twin.layered, { way: "return" }, { sandbox }));
      if (call % 8 !== 7) continue;
      result = await balance(host, twin.layered, twin.asked);
      if (result.pending + result.unexplained.length === 0) break;
    }
  }
  tally.files += result.files;
  tally.stored += result.stored;
  tally.pending += result.pending;
  tally.lost += result.lost;
  const about = `${twin.layered} ${JSON.stringify(twin.environment)}`;
  // `new` stores what is new: an invocation that ran nothing new is in no file, on purpose.
  if (twin.environment.COVERAGE_UPLOAD !== "new") {
    for (const id of result.unexplained) {
      const nth = twin.asked.findIndex(({ requestId }) => requestId === id);
      unexplained.push(`${about} ${nth} of ${twin.asked.length}: ${id}`);
    }
  }
  unexplained.push(...result.broken.map((environment) => `${about} sequences of ${environment}`));
}

/** The same events in both modes: what is covered at all is the same. */
async function compareUploadModes(code: string): Promise<void> {
  const config = { code, handler: "index.handler", ...random.pick(runtimes) };
  const names = [
    await host.layered({ ...config, environment: { COVERAGE_UPLOAD: "every" } }),
    await host.layered({ ...config, environment: { COVERAGE_UPLOAD: "new" } }),
  ];
  for (let call = 0; call < 20; call++) {
    const way = random.pick(gentleWays);
    for (const name of names) await host.lambda.invoke(name, { way });
  }
  const [every, fresh] = await Promise.all(names.map((name) => coveredOffsets(host, name)));
  if (!isDeepStrictEqual(every, fresh)) unexplained.push("COVERAGE_UPLOAD=new covers other code than every");
}

function report(): void {
  const result = { seed, ...tally, changed: changed.length, unexplained: unexplained.length };
  if (values.json) console.log(JSON.stringify(result));
  else for (const [name, value] of Object.entries(result)) console.log(`${name.padEnd(12)} ${value}`);
  for (const line of unexplained) say(`UNEXPLAINED ${line}`);
  if (changed.length + unexplained.length > 0) {
    say(`replay: npm run soak -- --minutes ${values.minutes} --seed ${seed}`);
    process.exitCode = 1;
  }
}
