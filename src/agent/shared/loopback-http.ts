/** HTTP to the Runtime API on loopback, one request after the other on one connection. */
import { connect, type Socket } from "node:net";
import { answerOf, type ExchangeError } from "./http-exchange.ts";
import type { HttpAnswer } from "./http-message.ts";

export interface LoopbackRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: string;
  timeoutMs?: number | undefined;
  /** Waiting for the answer does not keep the event loop alive. */
  unref?: boolean;
}

export class LoopbackConnection {
  readonly #host: string;
  #socket: Socket | undefined;

  /** `host`: `127.0.0.1:9001` */
  constructor(host: string) {
    this.#host = host;
  }

  /** Rejects where the connection fails or ends before the whole answer is there. One at a time. */
  async ask(request: LoopbackRequest): Promise<HttpAnswer> {
    const idle = this.#socket?.readyState === "open" ? this.#socket : undefined;
    const socket = idle ?? this.#open();
    this.#socket = request.unref ? socket.unref() : socket.ref();
    const { method, path, body = "", timeoutMs: leftMs } = request;
    const headers = {
      host: this.#host,
      "content-length": String(Buffer.byteLength(body)),
      ...request.headers,
    };
    const patience = { leftMs, reused: idle !== undefined };
    try {
      return await answerOf(socket, { method, path, headers, body: Buffer.from(body) }, patience);
    } catch (error) {
      // The server has closed the idle connection just now.
      if (!(error as Partial<ExchangeError>).deadSocket) throw error;
      return this.ask(request);
    } finally {
      // Idle, it keeps no event loop alive.
      socket.unref();
    }
  }

  close(): void {
    this.#socket?.destroy();
  }

  #open(): Socket {
    const [host, port] = this.#host.split(":");
    const socket = connect({ host, port: Number(port), noDelay: true });
    return socket.setEncoding("latin1").on("error", () => undefined);
  }
}
