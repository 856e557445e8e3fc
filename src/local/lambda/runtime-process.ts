/**
 * One run of a runtime's process, seen from the Runtime API and Extensions API: who waits for the next event,
 * what was answered, whether it ended. The sandbox drives it; runtime-api.ts and own-channel.ts feed it.
 */
import type { ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import type { Recorder } from "./recorder.ts";

export interface InvokeEvent {
  requestId: string;
  payload: string;
  deadlineAt: number;
  functionArn: string;
  traceId: string;
  clientContext?: string;
}

export interface RuntimeAnswer {
  kind: "response" | "error";
  body: string;
  errorType?: string;
  contentType?: string;
}

interface Extension {
  name: string;
  events: string[];
  /** Delivers the next event; there while the extension waits for one. */
  deliver?: (event: object) => void;
  /** It has asked for its first event. */
  ready: boolean;
}

type Deliver = (event: InvokeEvent) => void;

export class RuntimeProcess {
  readonly child: ChildProcess;
  readonly extensions = new Map<string, Extension>();
  /** Set once the process has ended. */
  exit: { code: number | null; signal: NodeJS.Signals | null } | undefined;
  initError: { errorType: string; body: string } | undefined;
  answer: RuntimeAnswer | undefined;
  /** Gets the parts of a streamed response as they come. */
  onChunk: ((chunk: Buffer) => void) | undefined;
  currentRequestId: string | undefined;
  readonly sandboxId: string;
  readonly #recorder: Recorder;
  readonly #waiters = new Set<{ check: () => boolean; done: (reached: boolean) => void }>();
  #deliver: Deliver | undefined;
  #hasAskedNext = false;

  constructor(child: ChildProcess, sandboxId: string, recorder: Recorder) {
    this.child = child;
    this.sandboxId = sandboxId;
    this.#recorder = recorder;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Runtime and extensions all wait for the next event. */
  get settled(): boolean {
    return (
      this.#deliver !== undefined &&
      [...this.extensions.values()].every(
        (extension) => extension.deliver !== undefined || (extension.ready && extension.events.length === 0),
      )
    );
  }

  runtimeWaits(deliver: Deliver): void {
    this.#recorder.record(this.sandboxId, "runtime-next");
    this.#hasAskedNext = true;
    this.#deliver = deliver;
    this.changed();
  }

  /** False where nothing may register any more. */
  register(name: string, events: string[]): string | undefined {
    if (this.#hasAskedNext) return undefined;
    const id = randomUUID();
    this.extensions.set(id, { name, events, ready: false });
    this.#recorder.record(this.sandboxId, "extension-register", { detail: name });
    return id;
  }

  extensionWaits(id: string, deliver: (event: object) => void): boolean {
    const extension = this.extensions.get(id);
    if (extension === undefined) return false;
    this.#recorder.record(this.sandboxId, "extension-next", { detail: extension.name });
    extension.deliver = deliver;
    extension.ready = true;
    this.changed();
    return true;
  }

  /** Hands an event to the runtime and to every extension that wants it. */
  handOut(event: InvokeEvent): void {
    this.answer = undefined;
    this.currentRequestId = event.requestId;
    const deliver = this.#deliver;
    this.#deliver = undefined;
    for (const extension of this.extensions.values()) {
      if (!extension.events.includes("INVOKE")) continue;
      const { deliver: deliverExtension } = extension;
      delete extension.deliver;
      deliverExtension?.(extensionEvent(event));
    }
    deliver?.(event);
  }

  /** False where that request is not the one being served. */
  answered(requestId: string, answer: RuntimeAnswer): boolean {
    if (requestId !== this.currentRequestId || this.answer !== undefined) return false;
    this.#recorder.record(this.sandboxId, answer.kind, {
      requestId,
      ...(answer.errorType === undefined ? {} : { detail: answer.errorType }),
    });
    this.answer = answer;
    this.changed();
    return true;
  }

  failedInit(errorType: string, body: string): void {
    this.#recorder.record(this.sandboxId, "init-error", { detail: errorType });
    this.initError = { errorType, body };
    this.changed();
  }

  ended(code: number | null, signal: NodeJS.Signals | null): void {
    this.exit = { code, signal };
    this.#recorder.record(this.sandboxId, "exit", { detail: signal ?? `code ${code}` });
    this.changed();
  }

  /** Resolves with true once `check` holds, with false at the wall-clock time `deadlineAt`. */
  until(check: () => boolean, deadlineAt: number): Promise<boolean> {
    if (check()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const waiter = { check, done: (reached: boolean) => finish(reached) };
      const timer = setTimeout(() => finish(false), Math.max(0, deadlineAt - Date.now()));
      const finish = (reached: boolean) => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        resolve(reached);
      };
      this.#waiters.add(waiter);
    });
  }

  changed(): void {
    for (const waiter of [...this.#waiters]) if (waiter.check()) waiter.done(true);
  }
}

function extensionEvent(event: InvokeEvent): object {
  return {
    eventType: "INVOKE",
    deadlineMs: event.deadlineAt,
    requestId: event.requestId,
    invokedFunctionArn: event.functionArn,
    tracing: { type: "X-Amzn-Trace-Id", value: event.traceId },
  };
}

/** The headers that come with an event. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html */
export function invokeHeaders(event: InvokeEvent): Record<string, string> {
  return {
    "Content-Type": "application/json",
    "Lambda-Runtime-Aws-Request-Id": event.requestId,
    "Lambda-Runtime-Deadline-Ms": String(event.deadlineAt),
    "Lambda-Runtime-Invoked-Function-Arn": event.functionArn,
    "Lambda-Runtime-Trace-Id": event.traceId,
    ...(event.clientContext === undefined ? {} : { "Lambda-Runtime-Client-Context": event.clientContext }),
  };
}
