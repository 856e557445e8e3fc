/** One request and its answer on a socket, which may still be connecting. */
import type { Socket } from "node:net";
import { type HttpAnswer, parseAnswer, type RequestHead, requestHead } from "./http-message.ts";

/** S3's error documents are below 1 KB. */
const maxAnswerBytes = 65_536;

/** `code`: Node's error code, or `Timeout`, `ConnectTimeout`, `NoHttp`. */
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

export interface SocketRequest extends RequestHead {
  body?: Uint8Array | undefined;
}

interface Patience {
  /** Undefined: for ever. */
  leftMs?: number | undefined;
  reused: boolean;
}

/** Needs a socket that is read as latin1. Rejects with an ExchangeError, and destroys the socket. */
export function answerOf(
  socket: Socket,
  request: SocketRequest,
  { leftMs, reused }: Patience,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    let raw = "";
    let failure: NodeJS.ErrnoException = Object.assign(new Error("the connection was closed"), {
      code: "ECONNRESET",
    });
    const finish = (): void => {
      clearTimeout(timer);
      socket.off("data", onData).off("error", onError).off("close", onClose);
    };
    const fail = (code: string, message: string, deadSocket = false): void => {
      finish();
      socket.destroy();
      reject(new ExchangeError(code, message, deadSocket));
    };
    const read = (ended: boolean): boolean => {
      const answer = parseAnswer(raw, request.method, ended);
      if (answer === undefined) return false;
      finish();
      resolve(answer);
      return true;
    };
    const onData = (part: string): void => {
      raw += part;
      try {
        if (!read(false) && raw.length > maxAnswerBytes) fail("NoHttp", "an endless answer");
      } catch (error) {
        fail("NoHttp", (error as Error).message);
      }
    };
    const onError = (error: NodeJS.ErrnoException): void => {
      failure = error;
    };
    const onClose = (): void => {
      const code = failure.code ?? "Network";
      const dead = reused && raw === "" && (code === "ECONNRESET" || code === "EPIPE");
      if (!read(true)) fail(code, failure.message, dead);
    };
    const timer =
      leftMs === undefined ? undefined : setTimeout(() => fail("Timeout", "no answer in time"), leftMs);
    socket.on("data", onData).on("error", onError).on("close", onClose);
    socket.cork();
    socket.write(requestHead(request), "latin1");
    if (request.body !== undefined) socket.write(request.body);
    socket.uncork();
  });
}
