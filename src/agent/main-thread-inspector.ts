/**
 * The worker's reach into the main thread: a bare inspector session that evaluates there, even while the
 * main thread spins. It never starts or takes coverage itself: that would wipe what V8 counted.
 */
import { Session } from "node:inspector";
import { agentExpression } from "./agent-symbol.ts";

export interface MainThreadInspector {
  /** Makes the main thread take a snapshot now; it arrives as a message of its own. */
  takeAtDeadline(): void;
  /** The text that V8 ran, by script id, where it can still be had. Several scripts may bear one file's name. */
  sourcesOf(scriptIds: ReadonlySet<string>): Promise<Map<string, string>>;
}

export function connectToMainThread(): MainThreadInspector {
  let lasting: Session | undefined;
  const post = <T>(method: string, params?: object): Promise<T> =>
    new Promise((resolve, reject) => {
      lasting ??= connect();
      lasting.post(method, params, (error, result) =>
        error === null ? resolve(result as T) : reject(error),
      );
    });
  /**
   * For good: at `Debugger.disable` V8 throws away the block counters of all code, and counts an async function
   * once for its call and once for each `await` from then on. A `debugger` statement must not stop the function.
   */
  const enableDebugger = async (): Promise<void> => {
    await Promise.all([post("Debugger.enable"), post("Debugger.setSkipAllPauses", { skip: true })]);
  };
  let debugging: Promise<void> | undefined;
  return {
    takeAtDeadline() {
      // Not kept: a process that ends while it is connected says "Waiting for the debugger to disconnect...".
      const session = connect();
      const expression = `${agentExpression}.takeAtDeadline()`;
      session.post("Runtime.evaluate", { expression, silent: true }, () => session.disconnect());
    },
    async sourcesOf(scriptIds) {
      const found = new Map<string, string>();
      debugging ??= enableDebugger();
      await debugging;
      for (const scriptId of scriptIds) {
        const asked = post<{ scriptSource: string }>("Debugger.getScriptSource", { scriptId });
        // A script that V8 has thrown away is not the others' trouble.
        const answer = await asked.catch(() => undefined);
        if (answer !== undefined) found.set(scriptId, answer.scriptSource);
      }
      return found;
    },
  };
}

function connect(): Session {
  const session = new Session();
  session.connectToMainThread();
  return session;
}
