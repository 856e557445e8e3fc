/**
 * HTTP exchanges over kept-alive connections that survive freezes: a socket that lay idle
 * too long, or died while the environment was frozen, is replaced without costing an attempt.
 */

import { answerOf, type ExchangeError } from "../../shared/http-exchange.ts";
import type { HttpAnswer } from "../../shared/http-message.ts";
import type { Clock } from "./clock.ts";
import { SocketPool } from "./socket-pool.ts";

export interface HttpExchange {
  protocol: "http:" | "https:";
  hostname: string;
  port: number | undefined;
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: Uint8Array | undefined;
}

export interface HttpConnection {
  exchange(exchange: HttpExchange, timeoutMs: number): Promise<HttpAnswer>;
  close(): void;
}

/** Longer idle than this, a socket may be dead without a word (NAT, load balancer): take a fresh one. */
const maxIdleMs = 10_000;

export function createHttpConnection(clock: Clock): HttpConnection {
  const pool = new SocketPool();
  // Over a freeze either clock may stand still: CLOCK_MONOTONIC on Lambda, none under SIGSTOP.
  let idleSince = { now: clock.now(), wall: clock.wallTime() };
  let underWay = 0;
  const closeStale = (): void => {
    const idleMs = Math.max(clock.now() - idleSince.now, Math.abs(clock.wallTime() - idleSince.wall));
    if (underWay === 0 && idleMs > maxIdleMs) pool.close();
  };
  return {
    close: () => pool.close(),
    async exchange(exchange, timeoutMs) {
      closeStale();
      underWay++;
      const until = performance.now() + timeoutMs;
      try {
        const { socket, reused } = await pool.take(exchange, timeoutMs);
        const answer = await answerOf(socket, exchange, { leftMs: until - performance.now(), reused });
        if (answer.keepAlive && socket.writableLength === 0) pool.giveBack(exchange, socket);
        else socket.destroy();
        return answer;
      } catch (error) {
        // Frozen together, they died together.
        if ((error as Partial<ExchangeError>).deadSocket) pool.close();
        throw error;
      } finally {
        underWay--;
        idleSince = { now: clock.now(), wall: clock.wallTime() };
      }
    },
  };
}
