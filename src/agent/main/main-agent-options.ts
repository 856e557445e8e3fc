import type { CollectedFrom } from "../../contract/coverage-file.ts";
import type { Settings } from "../../contract/settings.ts";
import type { Collector, CollectorEvents } from "../collect/collector.ts";
import type { Log } from "../shared/log.ts";
import type { ProbesSetup, WorkerSetup } from "../shared/messages.ts";
import type { WorkerCode } from "./agent-thread.ts";
import { newEnvironmentId } from "./first-marker.ts";

export interface MainAgentOptions {
  settings: Settings;
  env: Record<string, string | undefined>;
  log: Log;
  /** Called once the worker's thread is starting, so that both start at the same time. */
  startCollector: (events: CollectorEvents) => Collector;
  /** Undefined: V8 counts. */
  probes?: ProbesSetup | undefined;
  collectedFrom: CollectedFrom;
  taskRoot: string;
  worker: WorkerCode;
  /** The worker itself registers the extension, see WorkerSetup. */
  register: boolean;
  /** `performance.now()` when the agent's first line ran. */
  beganAt: number;
}

/** What of it the worker gets. */
export function workerSetup(
  { settings, taskRoot, collectedFrom, register, env, probes }: MainAgentOptions,
  shared: Pick<WorkerSetup, "flags" | "status">,
): WorkerSetup {
  const { NODE_OPTIONS: _, ...workerEnv } = env;
  const runtimeApi = env.AWS_LAMBDA_RUNTIME_API;
  const environmentId = newEnvironmentId();
  return {
    ...shared,
    environmentId,
    settings,
    taskRoot,
    collectedFrom,
    register,
    runtimeApi,
    env: workerEnv,
    probes,
  };
}
