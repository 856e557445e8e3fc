/** Takes snapshots on the main thread and hands them to the worker, with what the moment knows of them. */

import type { Profiler } from "../collect/v8/profiler.ts";
import type { Log } from "../shared/log.ts";
import type { RunInvocation, TakenMessage, TakeReason } from "../shared/messages.ts";
import { flagCollect } from "../shared/shared-flags.ts";
import type { AgentThread } from "./agent-thread.ts";
import { credentialsOf } from "./credentials.ts";

export class SnapshotSender {
  readonly profiler: Profiler;
  readonly #thread: AgentThread;
  readonly #flags: Int32Array;
  readonly #log: Log;
  /** What the agent has added to init, ms; goes with the first snapshot. */
  initializationMs: number | undefined;
  hasSent = false;

  constructor(profiler: Profiler, thread: AgentThread, flags: Int32Array, log: Log) {
    this.profiler = profiler;
    this.#thread = thread;
    this.#flags = flags;
    this.#log = log;
  }

  /** Takes what has been counted so far; while the circuit breaker is open, V8 keeps the sum. */
  send(reason: TakeReason, invocation: RunInvocation | undefined, more: Partial<TakenMessage> = {}): void {
    this.hasSent = true;
    const message: TakenMessage = { kind: "taken", reason, invocation, ...this.#circumstances(), ...more };
    if (Atomics.load(this.#flags, flagCollect) === 1 || reason !== "finished")
      this.#take(message, reason === "deadline" || reason === "exit");
    this.#thread.post(message, message.snapshot === undefined ? [] : [message.snapshot.ranges.buffer]);
  }

  /** The invocation has ended; a CoverageContext has stored what is to be stored of it. */
  sendSelective(reason: TakeReason): void {
    this.#thread.post({ kind: "taken", reason, selective: true, ...this.#circumstances() });
  }

  #take(message: TakenMessage, isLast: boolean): void {
    const { profiler } = this;
    const wasRunning = profiler.running;
    const take = profiler.take(isLast);
    if ("snapshot" in take) message.snapshot = take.snapshot;
    else message.lost = take.lost;
    if (!wasRunning || profiler.running) return;
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
