import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type HttpAnswer, parseAnswer, requestHead } from "./http-message.ts";

const headers = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

test.each<[string, string, Partial<HttpAnswer>]>([
  [
    "100 Continue comes first",
    `HTTP/1.1 100 Continue\r\n\r\n${headers}hello`,
    { status: 200, body: "hello" },
  ],
  ["nothing follows a 204", "HTTP/1.1 204 No Content\r\n\r\n", { status: 204, body: "", keepAlive: true }],
  ["an old server", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", { body: "hi", keepAlive: false }],
  [
    "a server that closes",
    "HTTP/1.1 403\r\nconnection: Close\r\nContent-Length: 0\r\n\r\n",
    { keepAlive: false },
  ],
  [
    "chunks with extensions and trailers",
    `${chunked}5;a="b"\r\nhello\r\n00;c\r\nX-Sum: 1\r\n\r\n`,
    { body: "hello", keepAlive: true },
  ],
])("%s", (_, raw, expected) => expect(parseAnswer(raw, "GET", false)).toMatchObject(expected));

test("an answer to HEAD has the length of a body that does not come", () => {
  expect(parseAnswer(headers, "HEAD", false)).toMatchObject({ body: "", keepAlive: true });
  expect(parseAnswer(headers, "GET", false)).toBeUndefined();
});

test("what is no HTTP is said to be none", () => {
  expect(() => parseAnswer("SSH-2.0-OpenSSH\r\n\r\n", "GET", false)).toThrow(
    "no HTTP answer: SSH-2.0-OpenSSH",
  );
});

test("trailers belong to their answer: what is left of them would be read as the next one's head", () => {
  expect(parseAnswer(`${chunked}0\r\nX-Sum: 1\r\n`, "GET", false)).toBeUndefined();
});

test.each(["zz\r\nabc\r\n0\r\n\r\n", "-5\r\nhello\r\n0\r\n\r\n", "\r\n"])(
  "a chunk without a size: %j",
  (body) => {
    expect(() => parseAnswer(chunked + body, "GET", false)).toThrow("no HTTP chunk");
  },
);

test("no value becomes a header of its own", () => {
  for (const value of ["a\r\nx-evil: 1", "a\nb", "a\u0000", "a\u{1f600}"]) {
    expect(() => requestHead({ method: "GET", path: "/", headers: { token: value } })).toThrow(
      "not to be sent",
    );
    expect(() => requestHead({ method: "GET", path: `/${value}`, headers: {} })).toThrow("not to be sent");
  }
});

/** Node's own client says what an answer is; both read the same bytes. */
test("answers of Node's server are what Node's client makes of them, however they are cut", async () => {
  let raw = "";
  const server = createServer((incoming, response) => {
    const { status, body, chunked } = JSON.parse(String(incoming.headers["x-answer"]));
    response.writeHead(status, {
      "X-Odd": " a: b ",
      ...(chunked ? {} : { "Content-Length": Buffer.byteLength(body) }),
    });
    for (const part of chunked ? body : [body]) response.write(part);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const bodies = fc.string({ unit: "grapheme", minLength: 1, maxLength: 50 });
  const property = fc.asyncProperty(
    bodies,
    fc.boolean(),
    fc.constantFrom(200, 403, 503),
    async (body, chunked, status) => {
      const answer = {
        "x-answer": Buffer.from(JSON.stringify({ status, body, chunked })).toString("latin1"),
      };
      const incoming = await new Promise<import("node:http").IncomingMessage>((resolve, reject) => {
        const sent = request({ port, host: "127.0.0.1", headers: answer, agent: false }, resolve).on(
          "error",
          reject,
        );
        sent.on("socket", (socket) => {
          raw = "";
          socket.on("data", (part: Buffer) => {
            raw += part.toString("latin1");
          });
        });
        sent.end();
      });
      const theirs = await text(incoming);
      for (let cut = 0; cut < raw.length; cut++)
        expect(parseAnswer(raw.slice(0, cut), "GET", false)).toBeUndefined();
      const ours = parseAnswer(raw, "GET", false);
      expect([ours?.status, ours?.body, ours?.headers["x-odd"]]).toEqual([
        incoming.statusCode,
        theirs,
        incoming.headers["x-odd"],
      ]);
    },
  );
  await fc.assert(property, { numRuns: 25 });
  server.close();
});
