/**
 * HTTP/1.1 over a bare socket: the text of a request's head, and the answer out of what has come. `node:http` would
 * cost a cold start and each upload more than all the rest of them, in time and in memory.
 * https://www.rfc-editor.org/rfc/rfc9112
 */

export interface RequestHead {
  method: string;
  path: string;
  /** With `host`, and `content-length` where there is a body. */
  headers: Record<string, string>;
}

export interface HttpAnswer {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string | undefined>;
  body: string;
  /** Another request may follow on the connection. */
  keepAlive: boolean;
}

/** To be written as latin1. Throws where a value would begin a header or a request of its own. */
export function requestHead({ method, path, headers }: RequestHead): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  for (const text of [path, ...lines]) {
    if (/[^\t\x20-\x7e\x80-\xff]/.test(text))
      throw new TypeError(`not to be sent in a header: ${JSON.stringify(text)}`);
  }
  return [`${method} ${path} HTTP/1.1`, ...lines, "", ""].join("\r\n");
}

/** Undefined until the answer is whole. `raw` has one character a byte. Throws where it is no HTTP. */
export function parseAnswer(raw: string, method: string, ended: boolean): HttpAnswer | undefined {
  const headEnd = raw.indexOf("\r\n\r\n");
  if (headEnd < 0) return undefined;
  const [statusLine = "", ...lines] = raw.slice(0, headEnd).split("\r\n");
  const status = Number(/^HTTP\/1\.\d (\d{3})\b/.exec(statusLine)?.[1]);
  if (Number.isNaN(status)) throw new Error(`no HTTP answer: ${statusLine.slice(0, 80)}`);
  const rest = raw.slice(headEnd + 4);
  // 100 Continue and its like announce the answer.
  if (status < 200) return parseAnswer(rest, method, ended);
  const headers: HttpAnswer["headers"] = Object.create(null);
  for (const line of lines) {
    const colon = line.indexOf(":");
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const hasBody = method !== "HEAD" && status !== 204 && status !== 304;
  const body = hasBody ? bodyOf(rest, headers, ended) : "";
  if (body === undefined) return undefined;
  const keepAlive = !ended && statusLine.startsWith("HTTP/1.1") && !/close/i.test(headers.connection ?? "");
  return { status, headers, body: Buffer.from(body, "latin1").toString(), keepAlive };
}

function bodyOf(rest: string, headers: HttpAnswer["headers"], ended: boolean): string | undefined {
  if (/chunked/i.test(headers["transfer-encoding"] ?? "")) return unchunked(rest);
  const length = headers["content-length"];
  if (length === undefined) return ended ? rest : undefined;
  return rest.length < Number(length) ? undefined : rest.slice(0, Number(length));
}

function unchunked(rest: string): string | undefined {
  let body = "";
  for (let at = 0; ; ) {
    const lineEnd = rest.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(rest.slice(at, lineEnd), 16);
    if (!(size >= 0)) throw new Error("no HTTP chunk");
    // Trailers may follow.
    if (size === 0) return rest.includes("\r\n\r\n", lineEnd) ? body : undefined;
    const end = lineEnd + 2 + size;
    if (rest.length < end + 2) return undefined;
    body += rest.slice(lineEnd + 2, end);
    at = end + 2;
  }
}
