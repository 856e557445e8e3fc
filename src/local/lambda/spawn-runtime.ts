import { spawn } from "node:child_process";
import type { Duplex } from "node:stream";
import { deriveSessionKey } from "../s3/session-keys.ts";
import type { AccessKey } from "../s3/types.ts";
import { bootstrapScript } from "./bootstrap-script.ts";
import type { DeployedFunction } from "./deployed-function.ts";
import { functionEnvironment } from "./function-environment.ts";
import { detectIsolation, launchCommand, sandboxPaths } from "./launch.ts";
import { serveOwnTransport } from "./own-channel.ts";
import { channelFd } from "./own-transport.ts";
import { signalTree } from "./processes.ts";
import type { Recorder } from "./recorder.ts";
import { RuntimeProcess } from "./runtime-process.ts";
import type { SandboxLog } from "./sandbox-log.ts";

export interface SandboxSurroundings {
  recorder: Recorder;
  /** Host folder of the sandbox: holds its /tmp. */
  folder: string;
  region: string;
  s3Endpoint: string | undefined;
  credentials: AccessKey;
  /** Each sandbox gets a key of its own, derived from `credentials`. */
  deriveCredentials: boolean;
}

export interface RuntimeSpawn {
  sandboxId: string;
  fn: DeployedFunction;
  around: SandboxSurroundings;
  /** Host folder that becomes /tmp. */
  tmp: string;
  logStream: string;
  /** host:port */
  runtimeApi: string;
  log: SandboxLog;
}

/** Starts the runtime's process in its sandbox, and feeds log and events with what it does. */
export function spawnRuntime(request: RuntimeSpawn): RuntimeProcess {
  const { sandboxId, fn, around, log } = request;
  const { isolation } = detectIsolation();
  const folders = { ...fn.folders, tmp: request.tmp };
  const paths = sandboxPaths(folders, isolation);
  const { credentials, region, s3Endpoint, recorder } = around;
  const environment = functionEnvironment({
    fn,
    paths,
    rewritten: isolation === "rewritten",
    runtimeApi: request.runtimeApi,
    logStream: request.logStream,
    credentials: around.deriveCredentials ? deriveSessionKey(credentials, sandboxId) : credentials,
    region,
    s3Endpoint,
  });
  const [command, ...args] = launchCommand(folders, bootstrapScript(fn, `${paths.var}/task`));
  const child = spawn(command as string, args, {
    env: environment,
    detached: true,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const process = new RuntimeProcess(child, sandboxId, recorder);
  recorder.record(sandboxId, "process-start", { detail: String(child.pid) });
  for (const stream of [child.stdout, child.stderr]) {
    log.capture(stream as NodeJS.ReadableStream, (line) =>
      recorder.record(sandboxId, "log", { detail: line }),
    );
  }
  child.once("exit", (code, signal) => {
    // Children that outlive the runtime are ended with it, as the sandbox's are.
    signalTree(process.pid, "SIGKILL");
    process.ended(code, signal);
  });
  child.once("error", (error) => {
    log.line(String(error));
    process.ended(1, null);
  });
  serveOwnTransport(child.stdio[channelFd] as Duplex, process);
  return process;
}
