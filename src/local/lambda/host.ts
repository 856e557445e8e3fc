/** All functions and their sandboxes; runs in a process of its own (host-main.ts). */
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { AccessKey } from "../s3/types.ts";
import type { InvokeResult, LocalEvent, LocalFunctionConfig, SandboxStatus } from "../types.ts";
import { type DeployedFunction, deployFunction } from "./deployed-function.ts";
import type { Answer } from "./failures.ts";
import { detectIsolation, forgoNamespaces, workParent } from "./launch.ts";
import { LocalError } from "./local-error.ts";
import { signalTree } from "./processes.ts";
import { Recorder } from "./recorder.ts";
import { Sandbox } from "./sandbox.ts";

const killWaitMs = 5000;

export interface HostOptions {
  transport: "addon" | "own" | "auto";
  isolation: "auto" | "rewritten";
  region: string;
  s3Endpoint?: string;
  credentials: AccessKey;
  /** Each sandbox gets a key of its own, derived from `credentials`. */
  deriveCredentials: boolean;
  maxIdleSandboxes: number;
}

export interface InvokeRequest {
  payload: string;
  sandbox?: string;
  clientContext?: string;
  /** Given again by a retry; default: a new one. */
  requestId?: string;
  onAnswer?: (answer: Answer) => void;
  onChunk?: (chunk: Buffer) => void;
}

export class LambdaHost {
  readonly recorder = new Recorder();
  readonly functions = new Map<string, DeployedFunction>();
  readonly options: HostOptions;
  readonly #sandboxes = new Map<string, Sandbox>();
  readonly #folder: string;
  #deployments = 0;

  constructor(options: HostOptions) {
    this.options = options;
    if (options.isolation === "rewritten") forgoNamespaces();
    this.#folder = realpathSync(mkdtempSync(join(workParent(), "lambda-coverage-local-")));
  }

  get isolation() {
    return detectIsolation().isolation;
  }

  /** Creates a function, or deploys it anew: then its old sandboxes are shut down. */
  async createFunction(config: LocalFunctionConfig): Promise<void> {
    const folder = join(this.#folder, "functions", `${config.name}-${this.#deployments++}`);
    mkdirSync(folder, { recursive: true });
    const deployed = await deployFunction(config, folder, this.options.transport);
    this.functions.set(config.name, deployed);
    await Promise.all(this.#of(config.name).map((sandbox) => this.shutdown(sandbox.id)));
  }

  async invoke(
    name: string,
    request: InvokeRequest,
    requestId: string = randomUUID(),
  ): Promise<InvokeResult> {
    const sandbox = this.#choose(name, request.sandbox ?? "any");
    const result = await sandbox.invoke({ ...request, requestId });
    this.#reap();
    return result;
  }

  #choose(name: string, wanted: string): Sandbox {
    const fn = this.functions.get(name);
    if (fn === undefined) {
      const known = [...this.functions.keys()].join(", ") || "none";
      throw new LocalError("LocalFunction", `There is no function ${name} here`, `There is: ${known}.`);
    }
    if (wanted !== "any" && wanted !== "new") return this.#running(wanted);
    const idle = wanted === "any" ? this.#of(name).findLast((sandbox) => sandbox.idle) : undefined;
    return idle ?? this.#createSandbox(fn);
  }

  /** As Lambda does with environments that nobody uses: the one idle for longest goes first. */
  #reap(): void {
    const idle = [...this.#sandboxes.values()].filter(({ process, idle }) => process !== undefined && idle);
    const surplus = idle.length - this.options.maxIdleSandboxes;
    if (surplus <= 0) return;
    idle.sort((a, b) => a.lastUsedAt - b.lastUsedAt);
    for (const sandbox of idle.slice(0, surplus)) {
      sandbox.shutdown().catch((error) => console.error(error));
    }
  }

  #createSandbox(fn: DeployedFunction): Sandbox {
    const id = randomUUID().replaceAll("-", "").slice(0, 16);
    const { region, s3Endpoint, credentials, deriveCredentials } = this.options;
    const sandbox = new Sandbox(id, fn, {
      recorder: this.recorder,
      folder: join(this.#folder, "sandboxes", id),
      region,
      s3Endpoint,
      credentials,
      deriveCredentials,
    });
    this.#sandboxes.set(id, sandbox);
    return sandbox;
  }

  #running(id: string): Sandbox {
    const sandbox = this.#sandbox(id);
    if (sandbox.state !== "shutdown") return sandbox;
    const remedy = `Shut down by a test, or idle for too long: maxIdleSandboxes is ${this.options.maxIdleSandboxes}.`;
    throw new LocalError("LocalSandbox", `Sandbox ${id} has been shut down`, remedy);
  }

  #sandbox(id: string): Sandbox {
    const sandbox = this.#sandboxes.get(id);
    if (sandbox !== undefined) return sandbox;
    throw new LocalError(
      "LocalSandbox",
      `There is no sandbox ${id}`,
      "Take the sandboxId of an earlier result.",
    );
  }

  #of(name: string): Sandbox[] {
    return [...this.#sandboxes.values()].filter(
      (sandbox) => sandbox.fn.config.name === name && sandbox.state !== "shutdown",
    );
  }

  events(sandboxId?: string): LocalEvent[] {
    const { events } = this.recorder;
    return sandboxId === undefined ? events : events.filter((event) => event.sandboxId === sandboxId);
  }

  logs(name: string, sandboxId?: string): string {
    return [...this.#sandboxes.values()]
      .filter((sandbox) => sandbox.fn.config.name === name)
      .filter((sandbox) => sandboxId === undefined || sandbox.id === sandboxId)
      .map((sandbox) => sandbox.log.text)
      .join("");
  }

  sandboxes(name?: string): SandboxStatus[] {
    return [...this.#sandboxes.values()]
      .map((sandbox) => sandbox.status())
      .filter((status) => name === undefined || status.functionName === name);
  }

  /** After SIGKILL: resolves once the process is gone, so that the next event meets a new one. */
  async signalRuntime(sandboxId: string, signal: NodeJS.Signals): Promise<void> {
    const { process } = this.#sandbox(sandboxId);
    if (process === undefined || process.exit !== undefined) {
      throw new LocalError(
        "LocalSandbox",
        `Sandbox ${sandboxId} has no process to signal`,
        "Its process has ended; the next invocation starts one.",
      );
    }
    signalTree(process.pid, signal);
    if (signal === "SIGKILL") await process.until(() => process.exit !== undefined, Date.now() + killWaitMs);
  }

  async shutdown(sandboxId?: string): Promise<void> {
    const all = sandboxId === undefined ? [...this.#sandboxes.values()] : [this.#sandbox(sandboxId)];
    await Promise.all(all.map((sandbox) => sandbox.shutdown()));
  }

  async stop(): Promise<void> {
    for (const { process } of this.#sandboxes.values()) {
      if (process !== undefined && process.exit === undefined) signalTree(process.pid, "SIGKILL");
    }
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
