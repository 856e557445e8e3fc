/** Connections to S3 that lie ready for the next request; TLS sessions, so that a new one costs half a handshake. */
import { connect, isIP, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { ExchangeError } from "../../shared/http-exchange.ts";
import { createNameLookup } from "./name-lookup.ts";

export interface Origin {
  protocol: "http:" | "https:";
  /** IPv6 addresses in brackets. */
  hostname: string;
  port: number | undefined;
}

const connectTimeoutMs = 1000;

const nameOf = ({ protocol, hostname, port }: Origin): string => `${protocol}//${hostname}:${port}`;

export class SocketPool {
  readonly #lookup = createNameLookup();
  readonly #idle = new Map<string, Socket[]>();
  readonly #sessions = new Map<string, Buffer>();

  /** An idle connection, or a new one within `timeoutMs`. Rejects with an ExchangeError. */
  async take(origin: Origin, timeoutMs: number): Promise<{ socket: Socket; reused: boolean }> {
    const idle = this.#idle.get(nameOf(origin)) ?? [];
    for (let socket = idle.pop(); socket !== undefined; socket = idle.pop()) {
      if (socket.readyState === "open") return { socket: socket.ref(), reused: true };
    }
    return { socket: await opened(await this.#connect(origin), origin, timeoutMs), reused: false };
  }

  giveBack(origin: Origin, socket: Socket): void {
    const name = nameOf(origin);
    this.#idle.set(name, [...(this.#idle.get(name) ?? []), socket.unref()]);
  }

  close(): void {
    for (const socket of [...this.#idle.values()].flat()) socket.destroy();
    this.#idle.clear();
  }

  async #connect(origin: Origin): Promise<Socket> {
    const host = origin.hostname.replace(/^\[|\]$/g, "");
    const target = { host, lookup: this.#lookup };
    if (origin.protocol === "http:") return connect({ ...target, port: origin.port ?? 80 });
    const name = nameOf(origin);
    const tls = await import("node:tls");
    const session = this.#sessions.get(name);
    const socket: TLSSocket = tls.connect({
      ...target,
      port: origin.port ?? 443,
      ALPNProtocols: ["http/1.1"],
      ...(isIP(host) === 0 && { servername: host }),
      ...(session && { session }),
    });
    return socket.on("session", (ticket) => this.#sessions.set(name, ticket));
  }
}

function opened(socket: Socket, { protocol }: Origin, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const [code, limitMs] =
      timeoutMs < connectTimeoutMs ? ["Timeout", timeoutMs] : ["ConnectTimeout", connectTimeoutMs];
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new ExchangeError(code as string, `no connection within ${Math.round(limitMs as number)} ms`));
    }, limitMs as number);
    socket.once(protocol === "http:" ? "connect" : "secureConnect", () => {
      clearTimeout(timer);
      resolve(socket.setNoDelay(true).setEncoding("latin1"));
    });
    // It stays: an idle connection that breaks is nobody's error.
    socket.on("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      reject(new ExchangeError(error.code ?? "Network", error.message));
    });
  });
}
