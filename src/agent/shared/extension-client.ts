/**
 * The Extensions API as an internal extension uses it. Plain HTTP to an IP address: no name lookup, so no
 * thread-pool work while the runtime's native `/next` may hold the only pool thread.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
 */
import type { HttpAnswer } from "./http-message.ts";
import { LoopbackConnection } from "./loopback-http.ts";

export interface ExtensionEvent {
  eventType: string;
  requestId: string;
  /** Milliseconds since the epoch. */
  deadlineMs: number;
}

export interface ExtensionClient {
  /** Resolves to the extension's identifier; rejects where the API refuses (too late) or is not there, and when closed. */
  register(timeoutMs?: number): Promise<string>;
  /** Resolves with the next event; until it is asked for, the environment is not frozen. */
  next(extensionId: string): Promise<ExtensionEvent>;
  close(): void;
}

/** The name of an internal extension is free, but unique within the function. */
const extensionName = "lambda-coverage";
const apiPath = "/2020-01-01/extension";

/** `unref`: waiting for an event must not keep the user's event loop alive. */
export function createExtensionClient(runtimeApi: string, unref: boolean): ExtensionClient {
  const connection = new LoopbackConnection(runtimeApi);
  return {
    async register(timeoutMs) {
      const answer = await connection.ask({
        method: "POST",
        path: `${apiPath}/register`,
        headers: { "Lambda-Extension-Name": extensionName, "Content-Type": "application/json" },
        body: '{"events":["INVOKE"]}',
        timeoutMs,
      });
      const id = answer.headers["lambda-extension-identifier"];
      if (answer.status !== 200 || id === undefined) throw refusal(answer);
      return id;
    },
    async next(extensionId) {
      const answer = await connection.ask({
        method: "GET",
        path: `${apiPath}/event/next`,
        headers: { "Lambda-Extension-Identifier": extensionId },
        unref,
      });
      if (answer.status !== 200) throw refusal(answer);
      return JSON.parse(answer.body) as ExtensionEvent;
    },
    close: () => connection.close(),
  };
}

function refusal({ status, body }: HttpAnswer): Error {
  return new Error(`the Extensions API answered ${status}: ${body.slice(0, 200)}`);
}
