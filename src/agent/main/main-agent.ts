/**
 * The agent's part on the main thread: owns the profiler, starts the worker, watches invocations and takes
 * snapshots once their response has left. Everything slow happens in the worker.
 */
// Imported, not global: fake timers of user code are not for us.
import { clearTimeout, setImmediate, setTimeout } from "node:timers";
import type { CollectedFrom, Outcome } from "../../contract/coverage-file.ts";
import type { Settings } from "../../contract/settings.ts";
import type { Collector } from "../collect/collector.ts";
import { agentSymbol } from "../shared/agent-symbol.ts";
import type { DeliveryStatus } from "../shared/delivery-status.ts";
import type { ExtensionEvent } from "../shared/extension-client.ts";
import { holdBudgetMs } from "../shared/hold-budget.ts";
import type { RunInvocation, WorkerSetup } from "../shared/messages.ts";
import {
  createSharedFlags,
  flagAsked,
  flagBegun,
  flagFlushed,
  flagRegistered,
  flagWatched,
} from "../shared/shared-flags.ts";
import { createSharedStatus, readStatus } from "../shared/shared-status.ts";
import { AgentThread } from "./agent-thread.ts";
import { writeFirstMarker } from "./first-marker.ts";
import { type InvocationWatch, type LambdaContext, unwatched } from "./handler/handler-proxy.ts";
import type { HealthFacts } from "./health/health-status.ts";
import { type MainAgentOptions, workerSetup } from "./main-agent-options.ts";
import { closeInvocation, type OpenInvocation, openInvocation } from "./open-invocation.ts";
import { SnapshotSender } from "./snapshot-sender.ts";

/** An ending process waits this long for its last upload; SIGTERM leaves 300 ms. */
const exitFlushMs = 1_000;

export class MainAgent {
  readonly #options: MainAgentOptions;
  readonly #flags = createSharedFlags();
  readonly #status = createSharedStatus();
  readonly #setup: WorkerSetup;
  readonly #thread: AgentThread;
  readonly #sender: SnapshotSender;
  readonly #storedWaiters = new Map<number, (ok: boolean) => void>();
  #invocations = 0;
  #current: OpenInvocation | undefined;
  #awaitedIds = 0;
  #dead: string | undefined;
  #emptyLoopWatched = false;
  #hasStale = false;
  #contextDepth = 0;
  #lastStatus: DeliveryStatus | undefined;

  constructor(options: MainAgentOptions) {
    this.#options = options;
    this.#setup = workerSetup(options, { flags: this.#flags, status: this.#status });
    this.#thread = this.#startThread();
    this.#sender = new SnapshotSender(this.#startCollector(), this.#thread, this.#flags, options.log);
    process.on("exit", () => this.#flushAtExit());
    Object.defineProperty(globalThis, agentSymbol, { value: this, configurable: true });
  }

  /** Why nothing is collected any more, or undefined. */
  get stopped(): string | undefined {
    if (this.#dead !== undefined) return this.#dead;
    return this.#sender.collector.running
      ? undefined
      : "another profiler or inspector session stopped V8's coverage";
  }

  /** How storing goes, as of the last file. */
  get deliveryStatus(): DeliveryStatus | undefined {
    this.#lastStatus = readStatus(this.#status) ?? this.#lastStatus;
    return this.#lastStatus;
  }

  get healthFacts(): HealthFacts {
    const { settings, stopped: notCollecting, deliveryStatus: delivery } = this;
    return { settings, notCollecting, collector: this.#sender.collector.kind, delivery, at: new Date() };
  }

  get settings(): Settings {
    return this.#options.settings;
  }

  get collectedFrom(): CollectedFrom {
    return this.#options.collectedFrom;
  }

  /** Whether an extension holds the environment after responses. */
  get held(): boolean {
    if (Atomics.load(this.#flags, flagWatched) === 0) return false;
    return this.#thread.registered || Atomics.load(this.#flags, flagRegistered) === 1;
  }

  /** A handler is wrapped: its invocations end with a take, and the extension waits for each. */
  watchHandler(): void {
    Atomics.store(this.#flags, flagWatched, 1);
  }

  /** Blocks, so that the worker's registration is there before the runtime's first `/next`. */
  waitForRegistration(timeoutMs: number): void {
    Atomics.wait(this.#flags, flagRegistered, 0, timeoutMs);
    this.#sender.initializationMs = performance.now() - this.#options.beganAt;
  }

  /** How long storing may take now: the open invocation's hold budget. */
  holdMs(): number {
    const left = this.#current?.remainingMs() ?? Number.POSITIVE_INFINITY;
    return holdBudgetMs(this.settings.uploadTimeoutSeconds, left);
  }

  enterContext(): void {
    if (this.#contextDepth++ > 0) return;
    if (this.#current !== undefined) this.#current.selective = true;
    this.discard();
  }

  exitContext(outcome: Outcome): Promise<boolean> {
    this.#contextDepth = Math.max(0, this.#contextDepth - 1);
    const open = this.#current;
    // Each block is a file; the invocation is counted by the first.
    const first = open !== undefined && !open.reported;
    if (first) open.reported = true;
    const invocation = first ? closeInvocation(open, outcome) : undefined;
    const stored = this.flush(invocation, this.holdMs());
    // Held by the extension, the upload goes on after the response.
    return this.held ? Promise.resolve(this.#dead === undefined) : stored;
  }

  /** Before init ends. `firstEvent` has been asked for, so that init ends without the worker. */
  registered(extensionId: string, firstEvent: Promise<ExtensionEvent>): void {
    Atomics.add(this.#flags, flagAsked, 1);
    this.#thread.serveEvents(extensionId, firstEvent);
  }

  /** The user's module has loaded. `addedMs`: what the agent has added to init. */
  loaded(addedMs: number): void {
    this.#sender.initializationMs = addedMs;
    this.#sender.loaded();
    this.#thread.initialized();
  }

  /** Init failed: nothing will be collected. */
  abandon(): void {
    this.#dead ??= "the handler could not be loaded";
    this.#sender.collector.stop();
  }

  begin(context: LambdaContext | undefined): InvocationWatch {
    const open = this.#current;
    const askedAtBegin = Atomics.load(this.#flags, flagAsked);
    // A watched handler that calls another one: the outer call is the invocation. By the same id comes a retry, too, but
    // only when the invocation before was let go.
    if (open !== undefined && open.requestId === context?.awsRequestId) {
      if (open.outcome === undefined || (this.held && open.askedAtBegin === askedAtBegin)) return unwatched;
    }
    this.#invocations++;
    Atomics.store(this.#flags, flagBegun, 1);
    const invocation = openInvocation(context, {
      nth: this.#invocations,
      askedAtBegin,
      // A block that was opened before, at load for instance, goes on in it.
      selective: this.#contextDepth > 0,
    });
    this.#current = invocation;
    if (this.#invocations === 1) {
      const { requestId, startedAt } = invocation;
      if (this.#owesFirstFile) writeFirstMarker(this.#setup, invocation);
      this.#thread.announce({ requestId, deadlineMs: startedAt + invocation.remainingMs() });
    }
    let settled: Promise<void> | undefined;
    return {
      finished: (outcome) => {
        if (invocation.outcome !== undefined) return;
        invocation.outcome = outcome;
        if (this.held || this.#dead !== undefined) this.#collectAfterResponse(invocation);
        else settled = this.#collectAwaited(invocation);
      },
      finishesWithEmptyEventLoop: () => {
        invocation.endsWithEmptyLoop = true;
        this.#watchEmptyLoop();
      },
      settled: this.held ? undefined : () => settled ?? Promise.resolve(),
    };
  }

  /**
   * Held, a second invocation comes only after the worker has stored the first: it notes the later ones itself. What
   * was sent before the first, from a context at load for instance, may have taken the number that its marker names.
   */
  get #owesFirstFile(): boolean {
    return this.held && this.#dead === undefined && !this.#sender.hasSent;
  }

  /** Before the client's own listener, which posts the response one turn later. */
  #watchEmptyLoop(): void {
    if (this.#emptyLoopWatched) return;
    this.#emptyLoopWatched = true;
    process.prependListener("beforeExit", () => {
      const open = this.#current;
      if (open?.endsWithEmptyLoop !== true || open.outcome !== undefined) return;
      open.outcome = "ok";
      this.#collectAfterResponse(open);
    });
  }

  /**
   * Called from the worker by `Runtime.evaluate`, on the main thread, even out of a spinning loop: the
   * deadline is near.
   */
  takeAtDeadline(): void {
    const open = this.#current;
    const invocation = open && open.outcome === undefined ? closeInvocation(open, "timeout") : undefined;
    if (this.#dead === undefined) this.#sender.send("deadline", invocation);
  }

  /** Takes and stores what has been counted so far; resolves when stored, or when the budget is over. */
  flush(invocation: RunInvocation | undefined, budgetMs: number): Promise<boolean> {
    const awaitedId = ++this.#awaitedIds;
    return new Promise((resolve) => {
      const timer = setTimeout(() => done(false), budgetMs + 100);
      if (this.held) timer.unref();
      const done = (ok: boolean): void => {
        clearTimeout(timer);
        this.#storedWaiters.delete(awaitedId);
        resolve(ok);
      };
      this.#storedWaiters.set(awaitedId, done);
      if (this.#dead !== undefined) done(false);
      else this.#sender.send("requested", invocation, { awaitedId, budgetMs });
    });
  }

  /** Resets the counters: what ran so far is not to be recorded. */
  discard(): void {
    if (this.#dead === undefined) this.#sender.discard();
  }

  /**
   * Three turns of the event loop later the client has posted the response: line 4 waits for one, and for
   * another to post the error of a result that cannot be stringified.
   */
  #collectAfterResponse(open: OpenInvocation): void {
    const invocation = closeInvocation(open, open.outcome ?? "ok");
    setImmediate(() => setImmediate(() => setImmediate(() => this.#collect(open, invocation))));
  }

  /** Nobody waits for this callback: what it throws would be the user's uncaught exception. */
  #collect(open: OpenInvocation, invocation: RunInvocation): void {
    if (this.#dead !== undefined) return;
    // Line 3 has answered out of an empty event loop, and no event tells the worker of it: it stores at once.
    const [reason, budgetMs] = this.held ? (["finished"] as const) : (["requested", this.holdMs()] as const);
    try {
      if (open.selective) this.#sender.sendSelective(reason);
      else this.#sender.send(reason, invocation, { budgetMs });
    } catch (error) {
      this.#thread.end(`no snapshot could be taken: ${error}`);
    }
    if (this.held) this.#thread.expectNext(open.askedAtBegin, open.remainingMs());
  }

  async #collectAwaited(open: OpenInvocation): Promise<void> {
    const budgetMs = holdBudgetMs(this.settings.uploadTimeoutSeconds, open.remainingMs());
    if (!open.selective) await this.flush(closeInvocation(open, open.outcome ?? "ok"), budgetMs);
  }

  #flushAtExit(): void {
    try {
      const open = this.#current;
      if (open === undefined || this.#dead !== undefined) return;
      const invocation = open.outcome === undefined ? closeInvocation(open, "crash") : undefined;
      // Between invocations nothing is owed: each one's coverage was taken after its response.
      if (invocation === undefined) return;
      const budgetMs = Math.max(0, Math.min(exitFlushMs, open.remainingMs() - 100));
      this.#sender.send("exit", invocation, { budgetMs });
      Atomics.wait(this.#flags, flagFlushed, 0, budgetMs + 100);
    } catch {
      // The process is ending; its exit code is the user's.
    }
  }

  #startCollector(): Collector {
    try {
      return this.#options.startCollector({ onStale: (path) => this.#noteStale(path) });
    } catch (error) {
      this.#thread.end("counting did not start");
      throw error;
    }
  }

  /** One line for all: it is the same step that was forgotten. */
  #noteStale(path: string): void {
    this.#thread.postLater({ kind: "stale", path });
    if (this.#hasStale) return;
    this.#hasStale = true;
    this.#options.log.warn(
      `The probed copy of ${path} does not fit the file: it runs without probes, and its coverage is unknown. Run lambda-coverage probe after the last change of the package`,
      { error_type: "StaleCopy" },
    );
  }

  #startThread(): AgentThread {
    return new AgentThread(this.#options.worker, this.#setup, {
      ended: (cause) => this.#stop(`the agent's thread ended: ${cause}`, "WorkerDied"),
      stored: (awaitedId, ok) => this.#storedWaiters.get(awaitedId)?.(ok),
    });
  }

  /** For the rest of this environment; one line says why. */
  #stop(cause: string, errorType: string): void {
    if (this.#dead !== undefined) return;
    this.#dead = cause;
    for (const done of [...this.#storedWaiters.values()]) done(false);
    this.#sender?.collector.stop();
    this.#options.log.error(`No coverage for the rest of this environment: ${cause}`, {
      error_type: errorType,
    });
  }
}
