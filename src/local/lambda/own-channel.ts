/** The Runtime API's end of own-transport.ts. */
import type { Duplex } from "node:stream";
import { type InvokeEvent, invokeHeaders, type RuntimeProcess } from "./runtime-process.ts";

interface Message {
  op: "next" | "done" | "error";
  id?: string;
  body?: string;
}

export function serveOwnTransport(channel: Duplex, process: RuntimeProcess): void {
  let rest = Buffer.alloc(0);
  channel.on("error", () => {}); // The process has ended: its exit says so.
  channel.on("data", (part: Buffer) => {
    rest = Buffer.concat([rest, part]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32BE(0)) {
      const end = 4 + rest.readUInt32BE(0);
      answer(JSON.parse(rest.toString("utf8", 4, end)) as Message, channel, process);
      rest = rest.subarray(end);
    }
  });
}

function answer({ op, id = "", body = "" }: Message, channel: Duplex, process: RuntimeProcess): void {
  if (op === "next") {
    process.runtimeWaits((event) => send(channel, eventMessage(event)));
    return;
  }
  const requestId = decodeURIComponent(id);
  if (op === "done") process.answered(requestId, { kind: "response", body });
  else process.answered(requestId, { kind: "error", body, errorType: errorTypeOf(body) });
  send(channel, { status: "OK" });
}

const unknownError = "Runtime.Unknown";

function errorTypeOf(body: string): string {
  try {
    return String((JSON.parse(body) as { errorType?: unknown }).errorType ?? unknownError);
  } catch {
    return unknownError;
  }
}

/** As the addon hands it over: header names in lower case. */
function eventMessage(event: InvokeEvent): object {
  const headers = Object.entries(invokeHeaders(event)).map(([name, value]) => [name.toLowerCase(), value]);
  return { bodyJson: event.payload, headers: Object.fromEntries(headers) };
}

function send(channel: Duplex, message: object): void {
  const body = Buffer.from(JSON.stringify(message));
  const head = Buffer.alloc(4);
  head.writeUInt32BE(body.length);
  channel.write(Buffer.concat([head, body]));
}
