/**
 * The worker's reach into the main thread: a bare inspector session that evaluates there, even while the
 * main thread spins. It never starts or takes coverage itself: that would wipe what V8 counted.
 */
import type { Session } from "node:inspector";
import { agentExpression } from "../shared/agent-symbol.ts";

export interface MainThreadInspector {
  /** Makes the main thread take a snapshot now; it arrives as a message of its own. */
  takeAtDeadline(): void;
  /** The text that V8 ran, by script id, where it can still be had. Several scripts may bear one file's name. */
  sourcesOf(scriptIds: ReadonlySet<string>): Promise<Map<string, string>>;
}

export function connectToMainThread(): MainThreadInspector {
  return {
    takeAtDeadline: () => void evaluate(`${agentExpression}.takeAtDeadline()`),
    async sourcesOf(scriptIds) {
      const ids = JSON.stringify([...scriptIds]);
      const inspector = 'process.getBuiltinModule("node:inspector")';
      const found = await evaluate(`(${sourcesHere})(${agentExpression}, ${inspector}, ${ids})`);
      return new Map(Object.entries((found ?? {}) as Record<string, string>));
    },
  };
}

/** The value of an expression in the main thread, by JSON. */
function evaluate(expression: string): Promise<unknown> {
  // Loaded when it is needed, at a deadline or for a source that differs: few functions pay its memory.
  const { Session } = process.getBuiltinModule("node:inspector");
  // Not kept: a process that ends while it is connected says "Waiting for the debugger to disconnect...".
  const session = new Session();
  session.connectToMainThread();
  return new Promise((resolve) => {
    session.post("Runtime.evaluate", { expression, silent: true, returnByValue: true }, (_error, answer) => {
      session.disconnect();
      resolve(answer?.result.value);
    });
  });
}

/**
 * Runs in the main thread, as text: it sees its parameters only. The debugger stays on, in a session of the main
 * thread's own, which no ending process waits for: at `Debugger.disable` V8 throws away the block counters of all
 * code. A `debugger` statement must not stop the function.
 */
function sourcesHere(
  agent: { debugger?: Session },
  inspector: typeof import("node:inspector"),
  scriptIds: string[],
): Record<string, string> {
  if (agent.debugger === undefined) {
    agent.debugger = new inspector.Session();
    agent.debugger.connect();
    agent.debugger.post("Debugger.enable");
    agent.debugger.post("Debugger.setSkipAllPauses", { skip: true });
  }
  const found: Record<string, string> = {};
  for (const scriptId of scriptIds) {
    agent.debugger.post("Debugger.getScriptSource", { scriptId }, (error, answer) => {
      // A script that V8 has thrown away is not the others' trouble.
      if (error === null) found[scriptId] = answer.scriptSource;
    });
  }
  return found;
}
