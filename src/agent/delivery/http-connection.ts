/**
 * HTTP exchanges over kept-alive connections that survive freezes: a socket that lay idle
 * too long, or died while the environment was frozen, is replaced without costing an attempt.
 */
import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingHttpHeaders,
} from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { Clock } from "./clock.ts";
import { createNameLookup } from "./name-lookup.ts";

export interface HttpExchange {
  protocol: "http:" | "https:";
  hostname: string;
  port: number | undefined;
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: Uint8Array | undefined;
}

export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  /** At most `maxAnswerBytes`; S3's error documents are below 1 KB. */
  body: string;
}

/** `code`: Node's error code, or `Timeout`, `ConnectTimeout`. */
export class ExchangeError extends Error {
  readonly code: string;
  /** A kept-alive socket was already dead: nothing is known against the server. */
  readonly deadSocket: boolean;
  constructor(code: string, message: string, deadSocket = false) {
    super(message);
    this.code = code;
    this.deadSocket = deadSocket;
  }
}

export interface HttpConnection {
  exchange(exchange: HttpExchange, timeoutMs: number): Promise<HttpAnswer>;
  close(): void;
}

const connectTimeoutMs = 1000;
/** Longer idle than this, a socket may be dead without a word (NAT, load balancer): take a fresh one. */
const maxIdleMs = 10_000;
const maxAnswerBytes = 16_384;

export function createHttpConnection(clock: Clock): HttpConnection {
  const lookup = createNameLookup();
  const agentOptions = { keepAlive: true, maxSockets: 4, maxFreeSockets: 4, lookup };
  const agents = { "http:": new HttpAgent(agentOptions), "https:": new HttpsAgent(agentOptions) };
  // Over a freeze either clock may stand still: CLOCK_MONOTONIC on Lambda, none under SIGSTOP.
  let idleSince = { now: clock.now(), wall: clock.wallTime() };
  const all = Object.values(agents);
  let underWay = 0;
  const closeIdle = (): void => {
    for (const socket of all.flatMap((agent) => Object.values(agent.freeSockets).flat())) socket?.destroy();
  };
  const closeStale = (): void => {
    const idleMs = Math.max(clock.now() - idleSince.now, Math.abs(clock.wallTime() - idleSince.wall));
    if (underWay === 0 && idleMs > maxIdleMs) closeIdle();
  };
  return {
    close() {
      for (const agent of all) agent.destroy();
    },
    async exchange(exchange, timeoutMs) {
      closeStale();
      underWay++;
      try {
        return await answerOf(requestOf(exchange, agents[exchange.protocol]), exchange, timeoutMs);
      } catch (error) {
        // Frozen together, they died together.
        if ((error as Partial<ExchangeError>).deadSocket) closeIdle();
        throw error;
      } finally {
        underWay--;
        idleSince = { now: clock.now(), wall: clock.wallTime() };
      }
    },
  };
}

function requestOf(exchange: HttpExchange, agent: HttpAgent): ClientRequest {
  const send = exchange.protocol === "http:" ? httpRequest : httpsRequest;
  return send({
    agent,
    hostname: exchange.hostname.replace(/^\[|\]$/g, ""),
    port: exchange.port,
    method: exchange.method,
    path: exchange.path,
    headers: exchange.headers,
  });
}

function answerOf(request: ClientRequest, exchange: HttpExchange, timeoutMs: number): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    let answered = false;
    const timers = [
      setTimeout(
        () => fail(new ExchangeError("Timeout", `no answer within ${Math.round(timeoutMs)} ms`)),
        timeoutMs,
      ),
    ];
    const stopTimers = (): void => {
      for (const timer of timers) clearTimeout(timer);
    };
    const fail = (error: ExchangeError): void => {
      stopTimers();
      reject(error);
      request.destroy();
    };
    const watchConnect = (): void => {
      const timer = setTimeout(
        () => fail(new ExchangeError("ConnectTimeout", `no connection within ${connectTimeoutMs} ms`)),
        connectTimeoutMs,
      );
      timers.push(timer);
      request.once("socket", (socket) => {
        if (request.reusedSocket || !socket.connecting) clearTimeout(timer);
        else
          socket.once(exchange.protocol === "http:" ? "connect" : "secureConnect", () => clearTimeout(timer));
      });
    };
    watchConnect();
    request.on("error", (error: NodeJS.ErrnoException) => {
      const code = error.code ?? "Network";
      const dead = request.reusedSocket && !answered && (code === "ECONNRESET" || code === "EPIPE");
      fail(new ExchangeError(code, error.message, dead));
    });
    request.on("response", (response) => {
      answered = true;
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size <= maxAnswerBytes) chunks.push(chunk);
      });
      response.on("error", () => fail(new ExchangeError("ECONNRESET", "connection reset inside the answer")));
      response.on("end", () => {
        stopTimers();
        const body = Buffer.concat(chunks).toString("utf8");
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      });
    });
    request.end(exchange.body);
  });
}
