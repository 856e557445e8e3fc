/**
 * An execution environment: init, invoke, freeze, thaw, shutdown as on Lambda.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { monotonicMs } from "../monotonic.ts";
import { deriveSessionKey } from "../s3/session-keys.ts";
import type { AccessKey } from "../s3/types.ts";
import type { InvokeResult, SandboxStatus } from "../types.ts";
import type { DeployedFunction } from "./deployed-function.ts";
import * as failures from "./failures.ts";
import { functionEnvironment } from "./function-environment.ts";
import { detectIsolation, launchCommand, quote, sandboxPaths } from "./launch.ts";
import { serveOwnTransport } from "./own-channel.ts";
import { channelFd } from "./own-transport.ts";
import { memoryBytes, processTree, signalTree } from "./processes.ts";
import { LineSplitter, type Recorder } from "./recorder.ts";
import { reportLine } from "./report-line.ts";
import { type RuntimeApi, startRuntimeApi } from "./runtime-api.ts";
import { type InvokeEvent, RuntimeProcess } from "./runtime-process.ts";

const defaultInitTimeoutMs = 10_000;
/** With an internal extension; without one there is no time at all. */
const shutdownGraceMs = 300;
const memoryPollMs = 20;
const lastWordsMs = 500;

export interface SandboxSurroundings {
  recorder: Recorder;
  folder: string;
  region: string;
  s3Endpoint: string | undefined;
  credentials: AccessKey;
  deriveCredentials: boolean;
}

export interface Invocation {
  requestId: string;
  payload: string;
  clientContext?: string;
  /** Parts of a streamed response, as they come. */
  onChunk?: (chunk: Buffer) => void;
  /** The caller's answer: as soon as the runtime has sent it. */
  onAnswer?: (answer: failures.Answer) => void;
}

export class Sandbox {
  readonly id: string;
  readonly fn: DeployedFunction;
  process: RuntimeProcess | undefined;
  state: SandboxStatus["state"] = "cold";
  log = "";
  /** Monotonic ms. */
  lastUsedAt = monotonicMs();
  /** Ends with the invocation that is running, for callers that want this very sandbox. */
  #queue: Promise<unknown> = Promise.resolve();
  #queued = 0;
  #frozen = false;
  #everInitialised = false;
  #maxMemoryBytes = 0;
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
      maxMemoryBytes: this.#maxMemoryBytes,
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
    const event = this.#event(invocation, deadlineAt);
    this.#logLine(`START RequestId: ${event.requestId} Version: $LATEST`);
    const failed = this.process === undefined ? await this.#suppressedInit(event) : undefined;
    const result =
      failed === undefined
        ? await this.#serve(event, invocation)
        : this.#finish(event, failed, { startedAt, latencyMs: monotonicMs() - startedAt });
    invocation.onAnswer?.(result);
    this.#logLine(`END RequestId: ${event.requestId}`);
    const { initMs, maxMemoryBytes, heldMs, timedOut } = result;
    this.#logLine(
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
    this.#logLine(
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
    const watch = this.#watchMemory(process);
    await process.until(() => process.answer !== undefined || process.exit !== undefined, event.deadlineAt);
    const latencyMs = monotonicMs() - startedAt;
    const answer = process.answer === undefined ? undefined : failures.fromRuntime(process.answer);
    if (answer !== undefined) invocation.onAnswer?.(answer);
    const over = () => process.settled || process.exit !== undefined;
    const reached = await process.until(over, event.deadlineAt);
    clearInterval(watch);
    if (!reached) {
      const failed = await this.#timeOut(event, process);
      const more = answer === undefined ? {} : { answered: answer.payload };
      return { ...this.#finish(event, failed, { startedAt, latencyMs }), ...more };
    }
    if (process.exit !== undefined) {
      await this.#end(process);
      const failed = answer ?? failures.exited(event.requestId, process.exit);
      if (answer === undefined) {
        this.#logLine(
          `RequestId: ${event.requestId} Error: ${failures.exitReason(process.exit)}\nRuntime.ExitError`,
        );
      }
      return this.#finish(event, failed, { startedAt, latencyMs });
    }
    const heldMs = monotonicMs() - startedAt;
    this.#measureMemory(process);
    this.#freeze(process);
    await this.#drained();
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
      maxMemoryBytes: this.#maxMemoryBytes,
    };
    if (this.#initMs !== undefined) result.initMs = this.#initMs;
    return result;
  }

  async #timeOut(event: InvokeEvent, process: RuntimeProcess): Promise<failures.Answer> {
    const { timeoutSeconds } = this.fn.config;
    this.#record("timeout", { requestId: event.requestId });
    this.#measureMemory(process);
    await this.#end(process);
    const { requestId } = event;
    this.#logLine(
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
    await this.#drained();
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
    const { fn } = this;
    const { isolation } = detectIsolation();
    const folders = { ...fn.folders, tmp: this.#tmp };
    const paths = sandboxPaths(folders, isolation);
    const { credentials, deriveCredentials, region, s3Endpoint } = this.#around;
    const environment = functionEnvironment({
      fn,
      paths,
      rewritten: isolation === "rewritten",
      runtimeApi: this.#api.address,
      logStream: this.#logStream,
      credentials: deriveCredentials ? deriveSessionKey(credentials, this.id) : credentials,
      region,
      s3Endpoint,
    });
    const [command, ...args] = launchCommand(folders, startScript(fn, `${paths.var}/task`));
    const child = spawn(command as string, args, {
      env: environment,
      detached: true,
      stdio: ["ignore", "pipe", "pipe", "pipe"],
    });
    const process = new RuntimeProcess(child, this.id, this.#around.recorder);
    this.process = process;
    this.#record("process-start", { detail: String(child.pid) });
    for (const stream of [child.stdout, child.stderr]) this.#capture(stream as NodeJS.ReadableStream);
    child.once("exit", (code, signal) => {
      // Children that outlive the runtime are ended with it, as the sandbox's are.
      signalTree(process.pid, "SIGKILL");
      process.ended(code, signal);
    });
    child.once("error", (error) => {
      this.#logLine(String(error));
      process.ended(1, null);
    });
    const channel = child.stdio[channelFd] as Duplex;
    serveOwnTransport(channel, process);
    return process;
  }

  #capture(stream: NodeJS.ReadableStream): void {
    const lines = new LineSplitter((line) => this.#record("log", { detail: line }));
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => {
      this.log += text;
      lines.write(text);
    });
    stream.on("end", () => lines.end());
  }

  #event(invocation: Invocation, deadlineAt: number): InvokeEvent {
    const { requestId, payload, clientContext } = invocation;
    return {
      requestId,
      payload,
      deadlineAt,
      functionArn: functionArn(this.#around.region, this.fn.config.name),
      traceId: `Root=1-${Math.floor(Date.now() / 1000).toString(16)}-${randomBytes(12).toString("hex")};Parent=${randomBytes(8).toString("hex")};Sampled=0`,
      ...(clientContext === undefined ? {} : { clientContext }),
    };
  }

  #watchMemory(process: RuntimeProcess): NodeJS.Timeout | undefined {
    const { enforceMemory, memoryMb } = this.fn.config;
    if (enforceMemory !== true) return undefined;
    return setInterval(() => {
      const bytes = processTree(process.pid).reduce((sum, pid) => sum + memoryBytes(pid, "VmRSS"), 0);
      this.#maxMemoryBytes = Math.max(this.#maxMemoryBytes, bytes);
      if (bytes <= memoryMb * 1024 * 1024) return;
      this.#record("kill", { detail: "memory" });
      signalTree(process.pid, "SIGKILL");
    }, memoryPollMs);
  }

  #measureMemory(process: RuntimeProcess): void {
    this.#maxMemoryBytes = Math.max(this.#maxMemoryBytes, memoryBytes(process.pid, "VmHWM"));
  }

  /** What the process wrote before it was seen to wait lies ready in the pipes: read until nothing comes. */
  async #drained(): Promise<void> {
    for (let length = -1; length !== this.log.length; ) {
      length = this.log.length;
      await nextTurn();
      await nextTurn();
    }
  }

  #record(kind: Parameters<Recorder["record"]>[1], more: { requestId?: string; detail?: string } = {}) {
    return this.#around.recorder.record(this.id, kind, more);
  }

  #logLine(line: string): void {
    this.log += `${line}\n`;
  }
}

export function functionArn(region: string, name: string): string {
  return `arn:aws:lambda:${region}:123456789012:function:${name}`;
}

/** Init has come to an end: all wait, or it failed. */
function isOver(process: RuntimeProcess): boolean {
  return process.exit !== undefined || process.initError !== undefined || process.settled;
}

/** As the managed runtimes' bootstrap deals with an exec wrapper. */
function startScript(fn: DeployedFunction, taskRoot: string): string {
  const command = fn.runtime.command.map(quote).join(" ");
  const prefix = (fn.config.launchPrefix ?? []).map((word) => `${quote(word)} `).join("");
  return `cd ${quote(taskRoot)} || exit 125
if [ -z "$AWS_LAMBDA_EXEC_WRAPPER" ]; then exec ${prefix}${command}; fi
if [ ! -f "$AWS_LAMBDA_EXEC_WRAPPER" ]; then echo "$AWS_LAMBDA_EXEC_WRAPPER: does not exist"; exit 127; fi
if [ ! -x "$AWS_LAMBDA_EXEC_WRAPPER" ]; then echo "$AWS_LAMBDA_EXEC_WRAPPER: is not an executable"; exit 126; fi
exec ${prefix}"$AWS_LAMBDA_EXEC_WRAPPER" ${command}
`;
}
