/** One episode of the soak, drawn from the dice: settings, events, and what S3 does meanwhile. */
import type { Fault, FaultKind, FaultPlan } from "../../src/local/index.ts";
import type { Language, RuntimeConfig } from "./language.ts";
import type { Dice } from "./random.ts";

export interface SoakEvent {
  way: string;
  n: number;
  size: number;
  ms: number;
  /** Of `late`: how long before its deadline it ends. */
  reserveMs: number;
}

export interface EpisodePlan {
  runtime: RuntimeConfig;
  handler: string;
  timeoutSeconds: number;
  environment: Record<string, string>;
  events: SoakEvent[];
  /** Nothing deadly, no faults: all of its coverage has to be stored. */
  isCalm: boolean;
  /** Some hundred calls of the same few events: each file has to show what the first of its event showed. */
  isWarm: boolean;
  /** Deployed with probed copies. */
  isProbed: boolean;
  /** Set before the call of that index; undefined: S3 is well again. */
  faults: Map<number, FaultPlan | undefined>;
  /** The runtime is killed while it is frozen, before the call of that index. */
  killsBetween: Set<number>;
}

const faultKinds: FaultKind[] = [
  "refuse",
  "reset",
  "hang",
  "drip",
  "delay",
  "AuthorizationHeaderMalformed",
  "InternalError",
  "SlowDown",
  "AccessDenied",
  "NoSuchBucket",
  "ConditionalRequestConflict",
  "PreconditionFailed",
  "ExpiredToken",
  "RequestTimeTooSkewed",
];

const callsPerEpisode = 16;
const callsPerWarmEpisode = 250;

export function drawEpisode(dice: Dice, language: Language): EpisodePlan {
  const isNew = dice.next() < 0.25;
  // In `new` mode the union is compared with `every`: nothing may be lost on the way.
  const isCalm = isNew || dice.next() < 0.2;
  const isWarm = language.canBeProbed && isCalm && !isNew && dice.next() < 0.3;
  const isProbed = language.canBeProbed && dice.next() < 0.4;
  const timeoutSeconds = dice.pick([2, 3]);
  const events = isWarm
    ? Array.from({ length: callsPerWarmEpisode }, (_, n) => warmEvent(n))
    : Array.from({ length: callsPerEpisode }, (_, n) => drawEvent(dice, { n, isCalm, language }));
  const faults = new Map<number, FaultPlan | undefined>();
  const killsBetween = new Set<number>();
  if (!isCalm) {
    for (let n = 1; n < callsPerEpisode; n++) {
      if (dice.next() < 0.3) faults.set(n, dice.next() < 0.3 ? undefined : drawFaults(dice));
      if (dice.next() < 0.04) killsBetween.add(n);
    }
  }
  return {
    runtime: dice.pick(language.runtimes),
    handler: dice.pick(language.handlers),
    timeoutSeconds,
    environment: { ...drawSettings(dice, isNew), ...(isWarm ? { COVERAGE_GRANULARITY: "block" } : {}) },
    events,
    isCalm,
    isWarm,
    isProbed,
    faults,
    killsBetween,
  };
}

function drawSettings(dice: Dice, isNew: boolean): Record<string, string> {
  return {
    COVERAGE_UPLOAD: isNew ? "new" : "every",
    COVERAGE_GRANULARITY: dice.weighted([
      ["block", 4],
      ["function", isNew ? 0 : 1],
    ]),
    ...(dice.next() < 0.2 ? { COVERAGE_METRICS: "true" } : {}),
    ...(dice.next() < 0.2 ? { COVERAGE_LOG_LEVEL: "ERROR" } : {}),
    ...(dice.next() < 0.2 ? { UV_THREADPOOL_SIZE: "1" } : {}),
    ...(!isNew && dice.next() < 0.15 ? { COVERAGE_UPLOAD_TIMEOUT: "0.2" } : {}),
  };
}

function warmEvent(n: number): SoakEvent {
  return { way: "hot", n: n % 3, size: 40, ms: 0, reserveMs: 0 };
}

interface EventCircumstances {
  n: number;
  isCalm: boolean;
  language: Language;
}

function drawEvent(dice: Dice, { n, isCalm, language }: EventCircumstances): SoakEvent {
  const isDeadly = !isCalm && dice.next() < 0.15;
  const way = dice.weighted(isDeadly ? language.deadly : language.harmless);
  const ms = dice.whole(0, 60) + (n % 2);
  // Around the deadline's snapshot, yet far enough from the deadline for a busy machine.
  const reserveMs = dice.whole(500, 1_100);
  return { way, n: dice.whole(1, 60), size: dice.whole(0, 4000), ms, reserveMs };
}

function drawFaults(dice: Dice): FaultPlan {
  if (dice.next() < 0.1) return { faults: [], notListening: true };
  const fault: Fault = { kind: dice.pick(faultKinds), probability: dice.pick([0.3, 0.7, 1]) };
  if (dice.next() < 0.3) fault.times = dice.whole(1, 4);
  if (dice.next() < 0.2) fault.afterEffect = true;
  // S3 says so only of a key that is there.
  if (fault.kind === "PreconditionFailed") fault.afterEffect = true;
  if (dice.next() < 0.3) fault.match = { method: dice.pick(["PUT", "HEAD"]) };
  return { seed: dice.whole(1, 1e9), faults: [fault] };
}
