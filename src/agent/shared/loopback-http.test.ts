import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { LoopbackConnection } from "./loopback-http.ts";

let server: Server;
let connections: Socket[] = [];

/** Node's own HTTP server says what is valid HTTP. */
async function serve(listener: RequestListener): Promise<LoopbackConnection> {
  connections = [];
  server = createServer(listener).on("connection", (socket) => connections.push(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return new LoopbackConnection(`127.0.0.1:${(server.address() as AddressInfo).port}`);
}

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const get = { method: "GET", path: "/next", headers: { "X-Extension": "é" } };

test.each<[string, RequestListener]>([
  ["with a length", (_, response) => response.setHeader("Content-Length", 9).end("héllo\r\n\r")],
  [
    "in chunks",
    (_, response) => {
      response.write("héll");
      response.end("o\r\n\r");
    },
  ],
  [
    "until the connection closes",
    (_, response) => {
      response.setHeader("Transfer-Encoding", "identity").removeHeader("Content-Length");
      response.useChunkedEncodingByDefault = false;
      response.shouldKeepAlive = false;
      response.end("héllo\r\n\r");
    },
  ],
])("reads an answer %s", async (_, listener) => {
  const connection = await serve(listener);
  const { status, body } = await connection.ask(get);
  expect([status, body]).toEqual([200, "héllo\r\n\r"]);
  connection.close();
});

test("sends method, path, headers and body, one request after the other on one connection", async () => {
  const seen: unknown[] = [];
  const connection = await serve(async (request, response) => {
    let body = "";
    for await (const part of request.setEncoding("utf8")) body += part;
    seen.push([request.method, request.url, request.headers["content-type"], body]);
    response.writeHead(202, { "X-Id": "a:b" }).end();
  });
  const headers = { "Content-Type": "application/json" };
  const { status, headers: answered } = await connection.ask({
    method: "POST",
    path: "/register",
    headers,
    body: "é",
  });
  await connection.ask({ method: "GET", path: "/next", headers });
  expect([status, answered["x-id"]]).toEqual([202, "a:b"]);
  expect(seen).toEqual([
    ["POST", "/register", "application/json", "é"],
    ["GET", "/next", "application/json", ""],
  ]);
  expect(connections).toHaveLength(1);
  connection.close();
});

test("asks again where the server has closed an idle connection", async () => {
  let requests = 0;
  const connection = await serve((_, response) => {
    if (++requests === 2) connections[0]?.resetAndDestroy();
    else response.end(`${requests}`);
  });
  expect((await connection.ask(get)).body).toBe("1");
  expect((await connection.ask(get)).body).toBe("3");
  connection.close();
});

test("rejects where nobody answers in time, and where the answer breaks off", async () => {
  let connection = await serve(() => undefined);
  await expect(connection.ask({ ...get, timeoutMs: 20 })).rejects.toThrow("no answer in time");
  server.closeAllConnections();
  server.close();
  connection = await serve((_, response) => {
    response.writeHead(200, { "Content-Length": 10 }).write("half");
    setTimeout(() => connections[0]?.destroy(), 10);
  });
  await expect(connection.ask(get)).rejects.toThrow("connection was closed");
});
