/**
 * The worker's reach into the main thread: a bare inspector session that evaluates there, even while the
 * main thread spins. It never starts or takes coverage itself: that would wipe what V8 counted.
 */
import { Session } from "node:inspector";
import { agentExpression } from "./agent-symbol.ts";

export interface MainThreadInspector {
  /** Makes the main thread take a snapshot now; it arrives as a message of its own. */
  takeAtDeadline(): void;
  /** The text that V8 ran for these files, where it can still be had. */
  sourcesOf(files: ReadonlySet<string>): Promise<Map<string, string>>;
  close(): void;
}

interface ParsedScript {
  scriptId: string;
  url: string;
}

export function connectToMainThread(): MainThreadInspector {
  const session = new Session();
  session.connectToMainThread();
  const post = <T>(method: string, params?: object): Promise<T> =>
    new Promise((resolve, reject) => {
      session.post(method, params, (error, result) =>
        error === null ? resolve(result as T) : reject(error),
      );
    });
  return {
    takeAtDeadline() {
      session.post("Runtime.evaluate", { expression: `${agentExpression}.takeAtDeadline()`, silent: true });
    },
    async sourcesOf(files) {
      const found = new Map<string, string>();
      const scripts = new Map<string, string>();
      const listen = ({ params }: { params: ParsedScript }): void => {
        const file = params.url.startsWith("file://") ? decodeURIComponent(params.url.slice(7)) : params.url;
        if (files.has(file)) scripts.set(params.scriptId, file);
      };
      session.on("Debugger.scriptParsed", listen);
      try {
        await post("Debugger.enable");
        for (const [scriptId, file] of scripts) {
          const { scriptSource } = await post<{ scriptSource: string }>("Debugger.getScriptSource", {
            scriptId,
          });
          found.set(file, scriptSource);
        }
      } finally {
        session.off("Debugger.scriptParsed", listen);
        await post("Debugger.disable");
      }
      return found;
    },
    close: () => session.disconnect(),
  };
}
