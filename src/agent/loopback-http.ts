/**
 * HTTP to the Runtime API on loopback over a bare socket, one request after the other: `node:http` costs a cold
 * start twice as much, and the client of nodejs24.x does not load it.
 */
import { connect, type Socket } from "node:net";

export interface LoopbackRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: string;
  timeoutMs?: number;
  /** Waiting for the answer does not keep the event loop alive. */
  unref?: boolean;
}

export interface LoopbackAnswer {
  status: number;
  /** Names in lower case. */
  headers: Map<string, string>;
  text: string;
}

export class LoopbackConnection {
  readonly #host: string;
  #socket: Socket | undefined;
  #raw = "";
  #resolve: (answer: LoopbackAnswer) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  /** `host`: `127.0.0.1:9001` */
  constructor(host: string) {
    this.#host = host;
  }

  /** Rejects where the connection fails or ends before the whole answer is there. One at a time. */
  async ask(request: LoopbackRequest): Promise<LoopbackAnswer> {
    const wasOpen = this.#socket !== undefined;
    try {
      return await this.#exchange(request);
    } catch (error) {
      // The server may have closed an idle connection just now.
      if (!wasOpen) throw error;
      return this.#exchange(request);
    }
  }

  close(): void {
    this.#socket?.destroy();
  }

  #exchange(request: LoopbackRequest): Promise<LoopbackAnswer> {
    return new Promise((resolve, reject) => {
      this.#raw = "";
      this.#resolve = resolve;
      this.#reject = reject;
      this.#socket ??= this.#open();
      if (request.unref) this.#socket.unref();
      this.#socket.setTimeout(request.timeoutMs ?? 0);
      this.#socket.write(requestText(this.#host, request));
    });
  }

  #open(): Socket {
    const [host, port] = this.#host.split(":");
    const socket = connect({ host, port: Number(port), noDelay: true });
    // One character a byte, so that lengths in the answer are lengths of the string.
    socket.setEncoding("latin1");
    socket.on("data", (part) => {
      this.#raw += part;
      this.#read(false);
    });
    socket.on("timeout", () => socket.destroy(new Error("no answer in time")));
    let failure = new Error("the connection closed before the answer");
    socket.on("error", (error) => {
      failure = error;
    });
    socket.on("close", () => {
      this.#socket = undefined;
      this.#read(true);
      this.#reject(failure);
    });
    return socket;
  }

  #read(ended: boolean): void {
    const answer = parseAnswer(this.#raw, ended);
    if (answer !== undefined) this.#resolve(answer);
  }
}

function requestText(host: string, { method, path, headers, body = "" }: LoopbackRequest): string {
  const all = { Host: host, "Content-Length": Buffer.byteLength(body), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n${body}`;
}

/** Undefined until the answer is whole. `raw` has one character a byte. */
export function parseAnswer(raw: string, ended: boolean): LoopbackAnswer | undefined {
  const headEnd = raw.indexOf("\r\n\r\n");
  if (headEnd < 0) return undefined;
  const [statusLine = "", ...lines] = raw.slice(0, headEnd).split("\r\n");
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  const body = bodyOf(raw.slice(headEnd + 4), headers, ended);
  if (body === undefined) return undefined;
  return { status: Number(statusLine.split(" ")[1]), headers, text: Buffer.from(body, "latin1").toString() };
}

function bodyOf(rest: string, headers: Map<string, string>, ended: boolean): string | undefined {
  if (headers.get("transfer-encoding") === "chunked") return unchunked(rest);
  const length = headers.get("content-length");
  if (length === undefined) return ended ? rest : undefined;
  return rest.length < Number(length) ? undefined : rest.slice(0, Number(length));
}

function unchunked(rest: string): string | undefined {
  let body = "";
  for (let at = 0; ; ) {
    const lineEnd = rest.indexOf("\r\n", at);
    const size = Number.parseInt(rest.slice(at, lineEnd), 16);
    const end = lineEnd + 2 + size;
    if (lineEnd < 0 || rest.length < end + 2) return undefined;
    if (size === 0) return body;
    body += rest.slice(lineEnd + 2, end);
    at = end + 2;
  }
}
