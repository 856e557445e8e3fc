/**
 * NODE_OPTIONS=--require of the exec wrapper: the first code of the runtime's process. Starts the profiler
 * before the user's modules load, and restores the environment that the user set.
 */
import { join } from "node:path";
// Imported, not global: fake timers of user code are not for us.
import { clearTimeout, setTimeout } from "node:timers";
import { isMainThread } from "node:worker_threads";
import { readSettings, type Settings } from "../../contract/settings.ts";
import type { Collector, CollectorEvents } from "../collect/collector.ts";
import { newCounterMemory } from "../collect/probes/counters.ts";
import type { FoundManifest } from "../collect/probes/manifest.ts";
import { startProbes } from "../collect/probes/probes-collector.ts";
import { joinFromUserThread } from "../collect/probes/user-thread.ts";
import { createScriptFilter } from "../collect/script-filter.ts";
import { startProfiler } from "../collect/v8/profiler.ts";
import { createExtensionClient, type ExtensionClient } from "../shared/extension-client.ts";
import { createLog, type Log, logLevel } from "../shared/log.ts";
import { type Choice, chooseCollector } from "./choose-collector.ts";
import { releaseEveryEvent } from "./guard.ts";
import { detectClientLine } from "./handler/client-line.ts";
import { type Handler, type HandlerLocation, loadHandler } from "./handler/handler-module.ts";
import { type HandlerHost, unwatched, wrapHandler } from "./handler/handler-proxy.ts";
import { createOwnFrames } from "./handler/own-frames.ts";
import { resolvePackageFromLayer } from "./handler/package-resolution.ts";
import type { HealthFacts } from "./health/health-status.ts";
import { MainAgent } from "./main-agent.ts";
import type { MainAgentOptions } from "./main-agent-options.ts";
import { offReason } from "./off-reason.ts";

const beganAt = performance.now();
const agentFolder = `${__dirname}/`;
/** The exec wrapper's process id: it `exec`s the runtime, so any other process is a child with our NODE_OPTIONS. */
const pidVariable = "LAMBDA_COVERAGE_PID";
/** From when the user's modules have loaded: while they do, nobody may read the API's answer. */
const registerTimeoutMs = 1_000;
const frames = createOwnFrames(agentFolder);
let redirectsLast = false;

/**
 * The wrapper put one option in front and, where the user has preloads by --import, one at the end; what
 * lies between is the user's, to the letter. Whether there is one at the end.
 */
function restoreNodeOptions(env: NodeJS.ProcessEnv): boolean {
  const match = /^--require=\S*\/preload\.cjs(?: (.*?))?( --import=\S*\/redirect\.mjs)?$/s.exec(
    env.NODE_OPTIONS ?? "",
  );
  if (match === null) return false;
  if (match[1] === undefined) delete env.NODE_OPTIONS;
  else env.NODE_OPTIONS = match[1];
  return match[2] !== undefined;
}

function preload(): void {
  const { env } = process;
  if (!isMainThread) {
    joinFromUserThread();
    return;
  }
  if (env[pidVariable] !== String(process.pid)) return;
  delete env[pidVariable];
  redirectsLast = restoreNodeOptions(env);
  const { settings, problems } = readSettings(env);
  const log = createLog({ level: logLevel(settings), functionName: env.AWS_LAMBDA_FUNCTION_NAME });
  for (const problem of problems)
    log.warn(`Setting ignored: ${problem.message}`, { error_type: "BadSetting" });
  const taskRoot = env.LAMBDA_TASK_ROOT ?? process.cwd();
  const against = offReason(settings, env, process.execArgv);
  // With coverage off nothing of the copies is read.
  const choice = against === undefined ? chooseCollector(settings, [taskRoot, "/opt"]) : {};
  const off = against ?? choice.off;
  if (off === undefined && choice.warning !== undefined)
    log.warn(choice.warning.message, { error_type: choice.warning.code });
  if (off !== undefined) log.warn(off.message, { error_type: off.code });
  if (env._HANDLER === undefined) return;
  resolvePackageFromLayer(join(__dirname, ".."), taskRoot, env._HANDLER);
  if (off === undefined) startAgent(settings, log, { handler: env._HANDLER, taskRoot, choice });
  else if (off.code !== "ManagedInstances") answerHealthOnly(settings, off.message, env._HANDLER);
}

/** Nothing is collected; a health check that is asked for still says why. */
function answerHealthOnly(settings: Settings, notCollecting: string, handler: string): void {
  if (settings.healthCheckPath === undefined) return;
  const taskRoot = process.env.LAMBDA_TASK_ROOT ?? process.cwd();
  redirectHandler(handler, async () => {
    const line = detectClientLine();
    const loaded = await loadUsersHandler({ handler, taskRoot, line });
    const healthAnswer = await healthAnswerOf(settings, () => ({ settings, notCollecting, at: new Date() }));
    return wrapHandler(loaded, { line, frames, begin: () => unwatched, healthAnswer });
  });
}

/** A bundle of its own, loaded only where it is asked for. */
async function healthAnswerOf(
  settings: Settings,
  facts: () => HealthFacts,
): Promise<HandlerHost["healthAnswer"]> {
  if (settings.healthCheckPath === undefined) return undefined;
  const { healthBody, healthResponder } = await import("./health/health.ts");
  return healthResponder(settings.healthCheckPath, () => healthBody(facts()));
}

async function loadUsersHandler(where: Omit<HandlerLocation, "mainScript">): Promise<Handler> {
  try {
    return await loadHandler({ ...where, mainScript: process.argv[1] ?? __filename });
  } catch (error) {
    frames.removeFrom(error);
    nameTheClient(error);
    throw error;
  }
}

/** Node names who imported: not the client, but us. */
function nameTheClient(error: unknown): void {
  const { argv } = process;
  if (!(error instanceof Error) || !String(error.message).includes(__filename) || argv[1] === undefined)
    return;
  error.message = error.message.replace(__filename, argv[1]);
  error.stack = String(error.stack).replace(__filename, argv[1]);
}

interface StartPlan {
  handler: string;
  taskRoot: string;
  choice: Choice;
}

function startAgent(settings: Settings, log: Log, { handler, taskRoot, choice }: StartPlan): void {
  const { env } = process;
  const runtimeApi = env.AWS_LAMBDA_RUNTIME_API;
  // What runs before the profiler starts is compiled without counters: the way to the API is.
  const extension = runtimeApi === undefined ? undefined : registering(runtimeApi);
  let agent: MainAgent;
  try {
    const { startCollector, probes } = collectorOf(choice, settings, taskRoot);
    agent = new MainAgent({
      settings,
      env: { ...env },
      log,
      startCollector,
      probes,
      collectedFrom: "start",
      taskRoot,
      worker: { file: `${agentFolder}worker.cjs` },
      register: false,
      beganAt,
    });
  } catch (error) {
    extension?.extensionId.then((id) => releaseEveryEvent(runtimeApi as string, id)).catch(() => undefined);
    throw error;
  }
  agent.watchHandler();
  const registered = register(agent, log, extension);
  redirectHandler(handler, () => load(agent, log, { handler, taskRoot, registered, extension }));
}

type CollectorOptions = Pick<MainAgentOptions, "startCollector" | "probes">;

function collectorOf({ manifest }: Choice, settings: Settings, taskRoot: string): CollectorOptions {
  if (manifest !== undefined) return probesOf(manifest, settings, taskRoot);
  const filter = createScriptFilter({
    taskRoot,
    layerRoot: __dirname.replace(/\/[^/]+$/, ""),
    own: [agentFolder],
    excludePatterns: settings.excludePatterns,
  });
  return { startCollector: () => startProfiler({ ...settings, filter }), probes: undefined };
}

/** Its memory is there before the worker starts; copies are loaded once the agent is whole. */
function probesOf(manifest: FoundManifest, { stacks }: Settings, taskRoot: string): CollectorOptions {
  const memory = newCounterMemory(manifest.files.map(({ probes }) => probes));
  const startCollector = (events: CollectorEvents): Collector =>
    startProbes({ manifest, memory, taskRoot, stacks, ...events });
  return { startCollector, probes: { ...manifest, memory } };
}

interface Registration {
  client: ExtensionClient;
  extensionId: Promise<string>;
}

/** Starts at once, so that it overlaps with loading the user's code. */
function registering(runtimeApi: string): Registration {
  const client = createExtensionClient(runtimeApi, true);
  return { client, extensionId: client.register() };
}

async function register(agent: MainAgent, log: Log, extension: Registration | undefined): Promise<void> {
  if (extension === undefined) return;
  const { client } = extension;
  try {
    const extensionId = await extension.extensionId;
    agent.registered(
      extensionId,
      client.next(extensionId).finally(() => client.close()),
    );
  } catch (error) {
    log.warn(
      `The Extensions API did not take the layer's registration (${(error as Error).message}): responses wait for the upload of their coverage`,
      { error_type: "NotRegistered" },
    );
  }
}

/** What redirect.mjs and handler.mjs call. */
export interface HandlerEntry {
  redirect(): void;
  load(): Promise<Handler>;
}

const entryKey = "lambda-coverage:handler";

/**
 * The client is to read our handler module's name, everything that runs before and after it the user's:
 * preloads by --require run before the next tick, those by --import before our own last one, the user's code
 * after `load`.
 */
function redirectHandler(handler: string, loadUsers: () => Promise<Handler>): void {
  const redirect = (): void => {
    process.env._HANDLER = `${agentFolder}handler.handler`;
  };
  if (!redirectsLast) process.nextTick(redirect);
  const load = (): Promise<Handler> => {
    process.env._HANDLER = handler;
    delete (globalThis as Record<string, unknown>)[entryKey];
    return loadUsers();
  };
  const entry: HandlerEntry = { redirect, load };
  Object.defineProperty(globalThis, entryKey, { value: entry, configurable: true, enumerable: false });
}

interface LoadPlan {
  handler: string;
  taskRoot: string;
  registered: Promise<void>;
  extension: Registration | undefined;
}

async function load(agent: MainAgent, log: Log, plan: LoadPlan): Promise<Handler> {
  const line = detectClientLine();
  const { handler, taskRoot, registered, extension } = plan;
  let loaded: Handler;
  try {
    loaded = await loadUsersHandler({ handler, taskRoot, line });
  } catch (error) {
    agent.abandon();
    log.warn(`No coverage: the handler ${handler} could not be loaded`, { error_type: "HandlerNotLoaded" });
    throw error;
  }
  const loadedAt = performance.now();
  const patience = setTimeout(() => extension?.client.close(), registerTimeoutMs);
  await registered;
  clearTimeout(patience);
  agent.loaded(preloadMs + performance.now() - loadedAt);
  return wrapHandler(loaded, {
    line,
    frames,
    begin: (_event, context) => agent.begin(context),
    healthAnswer: await healthAnswerOf(agent.settings, () => agent.healthFacts),
  });
}

let preloadMs = 0;

try {
  preload();
  preloadMs = performance.now() - beganAt;
} catch (error) {
  createLog({ level: "ERROR" }).error(`No coverage: the agent could not start: ${error}`, {
    error_type: "AgentStart",
  });
}
