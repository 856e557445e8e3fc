/** Takes snapshots on the main thread and hands them to the worker, with what the moment knows of them. */

import type { Collector } from "../collect/collector.ts";
import type { Log } from "../shared/log.ts";
import type { RunInvocation, TakenMessage, TakeReason } from "../shared/messages.ts";
import { flagCollect } from "../shared/shared-flags.ts";
import type { AgentThread } from "./agent-thread.ts";
import { credentialsOf } from "./credentials.ts";

export class SnapshotSender {
  readonly collector: Collector;
  readonly #thread: AgentThread;
  readonly #flags: Int32Array;
  readonly #log: Log;
  /** What the agent has added to init, ms; goes with the first snapshot. */
  initializationMs: number | undefined;
  hasSent = false;

  constructor(collector: Collector, thread: AgentThread, flags: Int32Array, log: Log) {
    this.collector = collector;
    this.#thread = thread;
    this.#flags = flags;
    this.#log = log;
  }

  /** Takes what has been counted so far; while the circuit breaker is open, V8 keeps the sum. */
  send(reason: TakeReason, invocation: RunInvocation | undefined, more: Partial<TakenMessage> = {}): void {
    this.hasSent = true;
    const message: TakenMessage = { kind: "taken", reason, invocation, ...this.#circumstances(), ...more };
    if (Atomics.load(this.#flags, flagCollect) === 1 || reason !== "finished") this.#take(message);
    const copied = message.snapshot?.ranges ?? message.probes?.counters;
    this.#thread.post(message, copied === undefined ? [] : [copied.buffer]);
  }

  /** The invocation has ended; a CoverageContext has stored what is to be stored of it. */
  sendSelective(reason: TakeReason): void {
    this.#thread.post({ kind: "taken", reason, selective: true, ...this.#circumstances() });
  }

  /** Resets the counters: what ran so far is not to be recorded. */
  discard(): void {
    const counters = this.collector.discard();
    if (counters !== undefined) this.#thread.post({ kind: "discarded", counters }, [counters.buffer]);
  }

  /** The user's modules have loaded. */
  loaded(): void {
    const counters = this.collector.loaded();
    if (counters !== undefined) this.#thread.postLater({ kind: "loaded", counters });
  }

  #take(message: TakenMessage): void {
    const { collector } = this;
    const { reason } = message;
    const wasRunning = collector.running;
    const take = collector.take({
      isLast: reason === "deadline" || reason === "exit",
      isExact: reason === "requested",
    });
    if ("snapshot" in take) message.snapshot = take.snapshot;
    else if ("lost" in take) message.lost = take.lost;
    else message.probes = take;
    if (!wasRunning || collector.running) return;
    this.#log.warn(
      "No coverage for the rest of this environment: another inspector session or CPU profile stopped V8's coverage twice",
      { error_type: "CanarySilent" },
    );
  }

  #circumstances(): Pick<TakenMessage, "finishedAt" | "credentials" | "initializationMs"> {
    const { initializationMs } = this;
    this.initializationMs = undefined;
    return { finishedAt: Date.now(), credentials: credentialsOf(process.env), initializationMs };
  }
}
