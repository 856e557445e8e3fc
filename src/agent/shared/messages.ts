/** What crosses between the main thread (host of the user's code) and the agent's worker thread. */
import type { CollectedFrom, Outcome } from "../../contract/coverage-file.ts";
import type { ProbedFileEntry } from "../../contract/probe-manifest.ts";
import type { Settings } from "../../contract/settings.ts";
import type { CounterMemory } from "../collect/probes/counters.ts";

/** One script of a snapshot; its triples are `ranges[from..to)` of the snapshot. */
export interface SnapshotScript {
  /** V8's script id, unique within the process. */
  scriptId: string;
  /** Absolute path on disk. */
  file: string;
  from: number;
  to: number;
}

/** All packed ranges of one take in one transferable array (see contract/ranges.ts). */
export interface Snapshot {
  scripts: SnapshotScript[];
  ranges: Int32Array<ArrayBuffer>;
  /** Every function that ran since the last take is in it. */
  exact: boolean;
  takeMs: number;
}

export interface RunInvocation {
  requestId: string;
  /** Milliseconds since the epoch. */
  startedAt: number;
  durationMs: number;
  /** How long of it the main thread ran code. */
  busyMs: number;
  outcome: Outcome;
}

/** `deadline`: asked for by the worker; `exit`: the process ends, answer by the flushed flag. */
export type TakeReason = "finished" | "deadline" | "exit" | "requested";

export interface TakenMessage {
  kind: "taken";
  reason: TakeReason;
  /** The invocation that this take closes (or interrupts); none for code outside of any. */
  invocation?: RunInvocation | undefined;
  /** Absent when the circuit breaker said to let V8 keep the sum. */
  snapshot?: Snapshot | undefined;
  /** The probes' counters are to be read; `counters`: the main thread's as they were, where the moment matters. */
  probes?: { counters?: Uint32Array<ArrayBuffer> } | undefined;
  /** V8 was found not to have counted: what ran since the last take is lost. */
  lost?: string | undefined;
  /** Present where nothing holds the environment and the main thread waits for `stored`. */
  awaitedId?: number | undefined;
  /** A CoverageContext recorded what this invocation is to record: nothing is owed for the rest. */
  selective?: boolean | undefined;
  /** How long the upload may take, ms; for invocations the extension's event says it. */
  budgetMs?: number | undefined;
  /** Role credentials and region as they stand in the main thread's environment. */
  credentials: Record<string, string | undefined>;
  /** What the agent added to init; with the first take only. */
  initializationMs?: number | undefined;
  /** `performance.timeOrigin`-independent: epoch ms at which the response was on its way. */
  finishedAt: number;
}

/** The extension's first event, which the main thread has asked for; the worker asks for the later ones. */
export interface FirstEventMessage {
  kind: "event";
  extensionId: string;
  requestId: string;
  /** Milliseconds since the epoch. */
  deadlineMs: number;
}

/** The probes' counters of the main thread when its modules had loaded, or when it began to record a part only. */
export interface CountersMessage {
  kind: "loaded" | "discarded";
  counters: Uint32Array<ArrayBuffer>;
}

/** A file whose probed copy does not fit has run without probes. */
export interface StaleMessage {
  kind: "stale";
  path: string;
}

export type ProbesMessage = CountersMessage | StaleMessage;
export type ToWorker = FirstEventMessage | ProbesMessage | TakenMessage;

export type ToMain =
  | { kind: "registered"; extensionId: string }
  | { kind: "stored"; awaitedId: number; ok: boolean };

export interface WorkerSetup {
  /** One for each process of the runtime. Undefined where the main thread could make none: the worker does. */
  environmentId: string | undefined;
  settings: Settings;
  flags: Int32Array;
  /** See shared-status.ts. */
  status: SharedArrayBuffer;
  /** `127.0.0.1:9001`, or undefined outside Lambda. */
  runtimeApi: string | undefined;
  taskRoot: string;
  collectedFrom: CollectedFrom;
  /** Register as extension from the worker: user code started the agent, its thread may be blocked. */
  register: boolean;
  env: Record<string, string | undefined>;
  /** Undefined: V8 counts. */
  probes: ProbesSetup | undefined;
}

export interface ProbesSetup {
  /** Folder that holds the copies and plans. */
  root: string;
  files: readonly ProbedFileEntry[];
  memory: CounterMemory;
}
