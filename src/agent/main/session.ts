/**
 * The agent as the package's face uses it: finds the one that the exec wrapper started, or starts one from
 * user code. What was compiled before that is collected late: V8 has no block counters for it.
 */
import { isMainThread } from "node:worker_threads";
import type { CollectedFrom, Outcome } from "../../contract/coverage-file.ts";
import { readSettings, type Settings } from "../../contract/settings.ts";
import { createScriptFilter } from "../collect/script-filter.ts";
import { startProfiler } from "../collect/v8/profiler.ts";
import { agentSymbol } from "../shared/agent-symbol.ts";
import type { DeliveryStatus } from "../shared/delivery-status.ts";
import { createLog, type Log, logLevel } from "../shared/log.ts";
import { detectClientLine } from "./handler/client-line.ts";
import { type AnyFunction, unwatched, wrapHandler } from "./handler/handler-proxy.ts";
import { createOwnFrames } from "./handler/own-frames.ts";
import { learnOwnFrames } from "./handler/own-frames-probe.ts";
import { healthResponder } from "./health/health-check.ts";
import { healthBody } from "./health/health-status.ts";
import { MainAgent } from "./main-agent.ts";
import { type OffReason, offReason } from "./off-reason.ts";
import { workerSource } from "./worker-source.ts";

/**
 * Init waits this long at most for the extension's registration (some 40 ms): without it every caller waits
 * for the upload of its coverage.
 */
const registrationWaitMs = 1_500;

/** Handlers that are watched already: wrapped twice, their invocations would count twice. */
const watched = new WeakSet<object>();

/** The package may be bundled into the user's own file: no folder is ours then. */
const frames = createOwnFrames("/node_modules/lambda-coverage-layer/");

export interface CoverageSession {
  /** Why nothing is collected, or undefined while V8 counts for us. */
  readonly off: OffReason | undefined;
  /** The exec wrapper started the agent, before user code. */
  readonly byWrapper: boolean;
  readonly collectedFrom: CollectedFrom;
  readonly settings: Settings;
  /** Delivery as of its last message; undefined before the first. */
  readonly delivery: DeliveryStatus | undefined;
  /** The handler with its invocations watched; the very same function where the wrapper does that already. */
  wrapHandler<T extends AnyFunction>(handler: T): T;
  /** Makes this invocation selective: from here to `exitContext` is recorded, nothing else of it. Nests. */
  enterContext(): void;
  /** Takes and stores what the block ran; resolves when stored or given up, never rejects. */
  exitContext(outcome?: Outcome): Promise<boolean>;
  /** Takes and stores what has been counted so far. */
  flush(): Promise<boolean>;
}

export interface SessionOptions {
  /** Default: from the environment. Settings of an agent that runs already are not changed. */
  settings?: Settings;
  env?: Record<string, string | undefined>;
}

/** Starts collecting, or joins what collects already. Never throws: a session that could not start is `off`. */
export function coverageSession(options: SessionOptions = {}): CoverageSession {
  const running = (globalThis as { [agentSymbol]?: unknown })[agentSymbol];
  if (isAgent(running)) return sessionOf(running, running.collectedFrom === "start");
  const env = options.env ?? process.env;
  const { settings, problems } =
    options.settings === undefined ? readSettings(env) : { settings: options.settings, problems: [] };
  const log = createLog({ level: logLevel(settings), functionName: env.AWS_LAMBDA_FUNCTION_NAME });
  const off = reasonAgainst(settings, env);
  if (off !== undefined) {
    if (off.code !== "Disabled" && off.code !== "SampledOut") log.warn(off.message, { error_type: off.code });
    return offSession(off, settings);
  }
  for (const problem of problems)
    log.warn(`Setting ignored: ${problem.message}`, { error_type: "BadSetting" });
  try {
    return sessionOf(startFromUserCode(settings, env, log), false);
  } catch (error) {
    const reason = { code: "AgentStart", message: `No coverage: the agent could not start: ${error}` };
    log.error(reason.message, { error_type: reason.code });
    return offSession(reason, settings);
  }
}

/** Another copy of the package, of another version even, may have started the agent. */
function isAgent(candidate: unknown): candidate is MainAgent {
  return typeof candidate === "object" && candidate !== null && "takeAtDeadline" in candidate;
}

function reasonAgainst(settings: Settings, env: Record<string, string | undefined>): OffReason | undefined {
  if (!settings.enabled) return { code: "Disabled", message: "No coverage: COVERAGE_ENABLED is false" };
  if (!isMainThread) return { code: "NotMainThread", message: "No coverage: this is not the main thread" };
  // The wrapper ran and started nothing: it drew this environment out, or said why not.
  const wrapped = env.AWS_LAMBDA_EXEC_WRAPPER?.endsWith("/coverage-wrapper") ?? false;
  if (wrapped || Math.random() >= settings.sampleRate) {
    return { code: "SampledOut", message: "No coverage: this environment is not in the sample" };
  }
  if (settings.collector === "probes") {
    const message =
      "No coverage: COVERAGE_COLLECTOR=probes needs the layer's exec wrapper, which loads the probed copies before your code";
    return { code: "NoProbes", message };
  }
  return offReason(settings, env, process.execArgv);
}

function startFromUserCode(settings: Settings, env: Record<string, string | undefined>, log: Log): MainAgent {
  const beganAt = performance.now();
  const taskRoot = env.LAMBDA_TASK_ROOT ?? process.cwd();
  const { excludePatterns } = settings;
  const filter = createScriptFilter({
    taskRoot,
    layerRoot: "/opt",
    own: ["/opt/lambda-coverage/"],
    excludePatterns,
  });
  const agent = new MainAgent({
    settings,
    env: { ...env },
    log,
    startCollector: () => startProfiler({ ...settings, filter }),
    collectedFrom: "late",
    taskRoot,
    worker:
      workerSource === undefined ? { file: new URL("./worker.js", import.meta.url) } : { code: workerSource },
    register: true,
    beganAt,
  });
  if (env.AWS_LAMBDA_RUNTIME_API !== undefined) agent.waitForRegistration(registrationWaitMs);
  return agent;
}

function sessionOf(agent: MainAgent, byWrapper: boolean): CoverageSession {
  if (!byWrapper) void learnOwnFrames(frames);
  return {
    get off() {
      return agent.stopped === undefined ? undefined : { code: "Stopped", message: agent.stopped };
    },
    byWrapper,
    collectedFrom: agent.collectedFrom,
    settings: agent.settings,
    get delivery() {
      return agent.deliveryStatus;
    },
    wrapHandler(handler) {
      if (byWrapper || watched.has(handler)) return handler;
      const host = { line: detectClientLine(), frames };
      const proxy = wrapHandler(handler, {
        ...host,
        begin: (_event, context) => agent.begin(context),
        healthAnswer: healthResponder(agent.settings.healthCheckPath, () => healthBody(agent.healthFacts)),
      });
      watched.add(proxy);
      agent.watchHandler();
      return proxy;
    },
    enterContext: () => agent.enterContext(),
    exitContext: (outcome = "ok") => agent.exitContext(outcome),
    flush: () => agent.flush(undefined, agent.holdMs()),
  };
}

/** Nothing is collected; a health check that is asked for still says why. */
function wrapForHealth<T extends AnyFunction>(handler: T, off: OffReason, settings: Settings): T {
  const onPurpose = off.code === "Disabled" || off.code === "SampledOut";
  const facts = onPurpose ? { offOnPurpose: off.message } : { notCollecting: off.message };
  const body = () => healthBody({ settings, ...facts, at: new Date() });
  const healthAnswer = healthResponder(settings.healthCheckPath, body);
  if (healthAnswer === undefined) return handler;
  const host = { line: detectClientLine(), frames };
  return wrapHandler(handler, { ...host, begin: () => unwatched, healthAnswer });
}

function offSession(off: OffReason, settings: Settings): CoverageSession {
  return {
    off,
    byWrapper: false,
    collectedFrom: "late",
    settings,
    delivery: undefined,
    wrapHandler: (handler) => wrapForHealth(handler, off, settings),
    enterContext: () => undefined,
    exitContext: async () => false,
    flush: async () => false,
  };
}
