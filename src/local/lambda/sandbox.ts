/**
 * An execution environment: init, invoke, freeze, thaw, shutdown as on Lambda.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */
import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { monotonicMs } from "../monotonic.ts";
import type { InvokeResult, SandboxStatus } from "../types.ts";
import type { DeployedFunction } from "./deployed-function.ts";
import * as failures from "./failures.ts";
import { functionArn, type Invocation, invokeEvent } from "./invoke-event.ts";
import { MemoryMeter } from "./memory-meter.ts";
import { signalTree } from "./processes.ts";
import type { Recorder } from "./recorder.ts";
import { reportLine } from "./report-line.ts";
import { type RuntimeApi, startRuntimeApi } from "./runtime-api.ts";
import type { InvokeEvent, RuntimeProcess } from "./runtime-process.ts";
import { SandboxLog } from "./sandbox-log.ts";
import { type SandboxSurroundings, spawnRuntime } from "./spawn-runtime.ts";

const defaultInitTimeoutMs = 10_000;
/** With an internal extension; without one there is no time at all. */
const shutdownGraceMs = 300;
const lastWordsMs = 500;

export class Sandbox {
  readonly id: string;
  readonly fn: DeployedFunction;
  process: RuntimeProcess | undefined;
  state: SandboxStatus["state"] = "cold";
  readonly log = new SandboxLog();
  /** Monotonic ms. */
  lastUsedAt = monotonicMs();
  /** Ends with the invocation that is running, for callers that want this very sandbox. */
  #queue: Promise<unknown> = Promise.resolve();
  #queued = 0;
  #frozen = false;
  #everInitialised = false;
  readonly #memory = new MemoryMeter();
  #initMs: number | undefined;
  #api: RuntimeApi | undefined;
  readonly #around: SandboxSurroundings;
  readonly #logStream: string;
  readonly #tmp: string;

  constructor(id: string, fn: DeployedFunction, around: SandboxSurroundings) {
    this.id = id;
    this.fn = fn;
    this.#around = around;
    this.#tmp = join(around.folder, "tmp");
    mkdirSync(this.#tmp, { recursive: true });
    const day = new Date().toISOString().slice(0, 10).replaceAll("-", "/");
    this.#logStream = `${day}/[$LATEST]${randomBytes(16).toString("hex")}`;
    this.#record("sandbox-start", { detail: fn.config.name });
  }

  get idle(): boolean {
    return this.#queued === 0 && this.state !== "shutdown";
  }

  describe() {
    const { name, handler } = this.fn.config;
    return { functionName: name, functionVersion: "$LATEST", handler };
  }

  status(): SandboxStatus {
    return {
      sandboxId: this.id,
      functionName: this.fn.config.name,
      ...(this.process === undefined ? {} : { pid: this.process.pid }),
      state: this.state,
      tmp: this.#tmp,
      maxMemoryBytes: this.#memory.peakBytes,
    };
  }

  /** One at a time; resolves when runtime and extensions wait again, or the process is gone. */
  invoke(invocation: Invocation): Promise<InvokeResult> {
    this.#queued++;
    const run = this.#queue
      .then(() => this.#invoke(invocation))
      .finally(() => {
        this.#queued--;
      });
    this.#queue = run.catch(() => {});
    return run;
  }

  async #invoke(invocation: Invocation): Promise<InvokeResult> {
    this.#enter("busy");
    this.lastUsedAt = monotonicMs();
    this.#initMs = undefined;
    if (this.process?.exit !== undefined) {
      this.process = undefined;
      this.#frozen = false;
    }
    if (!this.#everInitialised) await this.#initPhase();
    this.#everInitialised = true;
    const startedAt = monotonicMs();
    const deadlineAt = Date.now() + Math.round(this.fn.config.timeoutSeconds * 1000);
    const event = invokeEvent(invocation, functionArn(this.#around.region, this.fn.config.name), deadlineAt);
    this.log.line(`START RequestId: ${event.requestId} Version: $LATEST`);
    const failed = this.process === undefined ? await this.#suppressedInit(event) : undefined;
    const result =
      failed === undefined
        ? await this.#serve(event, invocation)
        : this.#finish(event, failed, { startedAt, latencyMs: monotonicMs() - startedAt });
    invocation.onAnswer?.(result);
    this.log.line(`END RequestId: ${event.requestId}`);
    const { initMs, maxMemoryBytes, heldMs, timedOut } = result;
    this.log.line(
      reportLine({
        ...event,
        ...this.fn.config,
        heldMs,
        maxMemoryBytes,
        timedOut,
        ...(initMs === undefined ? {} : { initMs }),
      }),
    );
    return result;
  }

  /** The cold start, with a limit of its own and outside the function's timeout. */
  async #initPhase(): Promise<void> {
    const limit = this.fn.config.initTimeoutMs ?? defaultInitTimeoutMs;
    const startedAt = monotonicMs();
    const process = await this.#start();
    const reached = await process.until(() => isOver(process), Date.now() + limit);
    const initMs = monotonicMs() - startedAt;
    if (reached && process.settled && process.initError === undefined) {
      this.#initMs = initMs;
      return;
    }
    const how = reached ? "error" : "timeout";
    if (!reached) this.#record("timeout", { detail: "init" });
    await this.#letItEnd(process);
    const type = process.initError?.errorType ?? (reached ? "Runtime.ExitError" : undefined);
    const typeText = type === undefined ? "" : `\tError Type: ${type}`;
    await this.#end(process);
    this.log.line(
      `INIT_REPORT Init Duration: ${initMs.toFixed(2)} ms\tPhase: init\tStatus: ${how}${typeText}`,
    );
  }

  /** A process that is started within an invocation: its init counts in the function's time. */
  async #suppressedInit(event: InvokeEvent): Promise<failures.Answer | undefined> {
    const startedAt = monotonicMs();
    const process = await this.#start();
    const reached = await process.until(() => isOver(process), event.deadlineAt);
    if (reached && process.settled && process.initError === undefined) {
      this.#initMs = monotonicMs() - startedAt;
      return undefined;
    }
    if (!reached) return this.#timeOut(event, process);
    await this.#letItEnd(process);
    const { initError } = process;
    await this.#end(process);
    if (initError !== undefined) return failures.initError(initError);
    return failures.exited(event.requestId, process.exit);
  }

  async #serve(event: InvokeEvent, invocation: Invocation): Promise<InvokeResult> {
    const process = this.process as RuntimeProcess;
    this.#thaw(process);
    process.onChunk = invocation.onChunk;
    const startedAt = this.#record("invoke", { requestId: event.requestId });
    process.handOut(event);
    const { enforceMemory, memoryMb } = this.fn.config;
    const onKill = () => this.#record("kill", { detail: "memory" });
    const watch = enforceMemory && this.#memory.enforce(process.pid, memoryMb * 1024 * 1024, onKill);
    await process.until(() => process.answer !== undefined || process.exit !== undefined, event.deadlineAt);
    const latencyMs = monotonicMs() - startedAt;
    const answer = process.answer === undefined ? undefined : failures.fromRuntime(process.answer);
    if (answer !== undefined) invocation.onAnswer?.(answer);
    const over = () => process.settled || process.exit !== undefined;
    const reached = await process.until(over, event.deadlineAt);
    if (watch) clearInterval(watch);
    if (!reached) {
      const failed = await this.#timeOut(event, process);
      const more = answer === undefined ? {} : { answered: answer.payload };
      return { ...this.#finish(event, failed, { startedAt, latencyMs }), ...more };
    }
    if (process.exit !== undefined) {
      await this.#end(process);
      const failed = answer ?? failures.exited(event.requestId, process.exit);
      if (answer === undefined) {
        this.log.line(
          `RequestId: ${event.requestId} Error: ${failures.exitReason(process.exit)}\nRuntime.ExitError`,
        );
      }
      return this.#finish(event, failed, { startedAt, latencyMs });
    }
    const heldMs = monotonicMs() - startedAt;
    this.#memory.measure(process.pid);
    this.#freeze(process);
    await this.log.drained();
    const served = answer ?? failures.exited(event.requestId, { code: null, signal: null });
    return { ...this.#finish(event, served, { startedAt, latencyMs }), heldMs };
  }

  #finish(event: InvokeEvent, answer: failures.Answer, times: { startedAt: number; latencyMs: number }) {
    const result: InvokeResult = {
      statusCode: 200,
      ...answer,
      requestId: event.requestId,
      sandboxId: this.id,
      latencyMs: times.latencyMs,
      heldMs: monotonicMs() - times.startedAt,
      timedOut: answer.timedOut ?? false,
      maxMemoryBytes: this.#memory.peakBytes,
    };
    if (this.#initMs !== undefined) result.initMs = this.#initMs;
    return result;
  }

  async #timeOut(event: InvokeEvent, process: RuntimeProcess): Promise<failures.Answer> {
    const { timeoutSeconds } = this.fn.config;
    this.#record("timeout", { requestId: event.requestId });
    this.#memory.measure(process.pid);
    await this.#end(process);
    const { requestId } = event;
    this.log.line(
      `${new Date().toISOString()} ${requestId} Task timed out after ${timeoutSeconds.toFixed(2)} seconds\n`,
    );
    return failures.timedOut(requestId, timeoutSeconds);
  }

  /** Who has reported an init error ends by itself, with its last words on stderr. */
  async #letItEnd(process: RuntimeProcess): Promise<void> {
    if (process.initError === undefined) return;
    await process.until(() => process.exit !== undefined, Date.now() + lastWordsMs);
  }

  /** Ends what is left of a process; the sandbox and its /tmp stay. */
  async #end(process: RuntimeProcess): Promise<void> {
    if (process.exit === undefined) {
      this.#record("kill", { detail: "SIGKILL" });
      signalTree(process.pid, "SIGKILL");
      await process.until(() => process.exit !== undefined, Date.now() + 5000);
    }
    this.process = undefined;
    this.#frozen = false;
    this.#enter("cold");
    await this.log.drained();
  }

  #freeze(process: RuntimeProcess): void {
    signalTree(process.pid, "SIGSTOP");
    this.#frozen = true;
    this.#enter("frozen");
    this.#record("freeze");
  }

  /** From shutdown there is no way back. */
  #enter(state: SandboxStatus["state"]): void {
    if (this.state !== "shutdown") this.state = state;
  }

  #thaw(process: RuntimeProcess): void {
    if (!this.#frozen) return;
    this.#frozen = false;
    this.#record("thaw");
    signalTree(process.pid, "SIGCONT");
  }

  /** Lambda's shutdown phase, after what is running: a little time with an internal extension, none without. */
  async shutdown(): Promise<void> {
    this.state = "shutdown";
    await this.#queue;
    const { process } = this;
    if (process !== undefined && process.exit === undefined) {
      if (process.extensions.size > 0) {
        this.#thaw(process);
        this.#record("kill", { detail: "SIGTERM" });
        signalTree(process.pid, "SIGTERM");
        await process.until(() => process.exit !== undefined, Date.now() + shutdownGraceMs);
      }
      await this.#end(process);
    }
    this.#api?.close();
  }

  async #start(): Promise<RuntimeProcess> {
    this.#api ??= await startRuntimeApi(this);
    this.process = spawnRuntime({
      sandboxId: this.id,
      fn: this.fn,
      around: this.#around,
      tmp: this.#tmp,
      logStream: this.#logStream,
      runtimeApi: this.#api.address,
      log: this.log,
    });
    return this.process;
  }

  #record(kind: Parameters<Recorder["record"]>[1], more: { requestId?: string; detail?: string } = {}) {
    return this.#around.recorder.record(this.id, kind, more);
  }
}

/** Init has come to an end: all wait, or it failed. */
function isOver(process: RuntimeProcess): boolean {
  return process.exit !== undefined || process.initError !== undefined || process.settled;
}
