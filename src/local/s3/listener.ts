import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

const host = "127.0.0.1";

/** One port, one region. It keeps its port when it closes and listens again. */
export class Listener {
  readonly region: string;
  readonly #serve: RequestListener;
  readonly #keepAliveTimeoutMs: number;
  #port: number;
  #server: Server | undefined;

  constructor(region: string, port: number, keepAliveTimeoutMs: number, serve: RequestListener) {
    this.region = region;
    this.#port = port;
    this.#keepAliveTimeoutMs = keepAliveTimeoutMs;
    this.#serve = serve;
  }

  get endpoint(): string {
    return `http://${host}:${this.#port}`;
  }

  async listen(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer(this.#serve);
    server.keepAliveTimeout = this.#keepAliveTimeoutMs;
    server.requestTimeout = 0;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.#port, host, resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Ends every connection; from then on the kernel refuses new ones. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }
}
