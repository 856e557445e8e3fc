/**
 * The Extensions API as an internal extension uses it. Plain HTTP to an IP address: no name lookup, so no
 * thread-pool work while the runtime's native `/next` may hold the only pool thread.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
 */
import { Agent, type IncomingMessage, request } from "node:http";

export interface InvokeEvent {
  eventType: string;
  requestId: string;
  deadlineMs: number;
  invokedFunctionArn: string;
}

export interface ExtensionClient {
  /** Resolves to the extension's identifier; rejects where the API refuses (too late) or is not there. */
  register(timeoutMs: number): Promise<string>;
  /** Resolves with the next event; until it is asked for, the environment is not frozen. */
  next(extensionId: string): Promise<InvokeEvent>;
  close(): void;
}

/** The name of an internal extension is free, but unique within the function. */
const extensionName = "lambda-coverage";
const apiVersion = "/2020-01-01/extension";

/** `unref`: the waiting request must not keep the user's event loop alive. */
export function createExtensionClient(runtimeApi: string, unref: boolean): ExtensionClient {
  const [hostname, port] = runtimeApi.split(":");
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const exchange = (
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: string,
    timeoutMs?: number,
  ): Promise<{ response: IncomingMessage; text: string }> =>
    new Promise((resolve, reject) => {
      const outgoing = request(
        {
          agent,
          hostname,
          port,
          method,
          path: `${apiVersion}${path}`,
          headers: body === undefined ? headers : { ...headers, "Content-Length": Buffer.byteLength(body) },
          ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
        },
        (response) => {
          let text = "";
          response.setEncoding("utf8");
          response.on("data", (chunk: string) => {
            text += chunk;
          });
          response.on("end", () => resolve({ response, text }));
          response.on("error", reject);
        },
      );
      outgoing.on("error", reject);
      outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer within ${timeoutMs} ms`)));
      if (unref) outgoing.on("socket", (socket) => socket.unref());
      outgoing.end(body);
    });
  return {
    async register(timeoutMs) {
      const headers = { "Lambda-Extension-Name": extensionName, "Content-Type": "application/json" };
      const body = JSON.stringify({ events: ["INVOKE"] });
      const { response, text } = await exchange("POST", "/register", headers, body, timeoutMs);
      const id = response.headers["lambda-extension-identifier"];
      if (response.statusCode !== 200 || typeof id !== "string") {
        throw new Error(`the Extensions API answered ${response.statusCode}: ${text.slice(0, 200)}`);
      }
      return id;
    },
    async next(extensionId) {
      const headers = { "Lambda-Extension-Identifier": extensionId };
      const { response, text } = await exchange("GET", "/event/next", headers);
      if (response.statusCode !== 200) {
        throw new Error(`event/next answered ${response.statusCode}: ${text.slice(0, 200)}`);
      }
      return JSON.parse(text) as InvokeEvent;
    },
    close: () => agent.destroy(),
  };
}
