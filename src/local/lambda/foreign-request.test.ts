import { request } from "node:http";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LocalLambda, startLocalLambda } from "../index.ts";

const fixtures = fileURLToPath(new URL("../fixtures", import.meta.url));
let lambda: LocalLambda;
beforeAll(async () => {
  lambda = await startLocalLambda({ transport: "own" });
  const environment = { SECRET_KEY: "topsecret" };
  const config = { runtime: "nodejs24.x" as const, code: fixtures, handler: "phases.tmp", environment };
  await lambda.createFunction({ ...config, name: "victim" });
});
afterAll(() => lambda.stop());

function ask(
  path: string,
  headers: Record<string, string> = {},
  method = "GET",
): Promise<[number | undefined, string]> {
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, lambda.endpoint), { method, headers }, (response) => {
      text(response).then((body) => resolve([response.statusCode, body]), reject);
    });
    sent.on("error", reject).end(method === "POST" ? "{}" : undefined);
  });
}

const list = "/2015-03-31/functions/";
const invocations = `${list}victim/invocations`;

test.each([
  ["a name that resolves to this machine", { host: "attacker.example" }],
  ["a name that only begins like ours", { host: "localhost.attacker.example" }],
  ["a number that only begins like ours", { host: "127.0.0.1.attacker.example:80" }],
  ["a web page of another origin", { origin: "http://attacker.example" }],
  ["a page in a sandbox", { origin: "null" }],
])("%s neither invokes nor reads", async (_, headers) => {
  for (const [method, path] of [
    ["POST", invocations],
    ["GET", list],
    ["GET", `${list}victim/configuration`],
  ] as const) {
    const [status, body] = await ask(path, { ...headers, "content-type": "text/plain" }, method);
    expect([method, status]).toEqual([method, 403]);
    expect(body).not.toContain("topsecret");
  }
  expect(await lambda.sandboxes("victim")).toEqual([]);
});

test("this machine's own names are answered", async () => {
  const { port } = new URL(lambda.endpoint);
  for (const host of [`127.0.0.1:${port}`, "localhost", `lambda.localhost:${port}`, "[::1]:80"]) {
    expect((await ask(list, { host }))[0]).toBe(200);
  }
});

test("what is no name is the caller's mistake, not ours", async () => {
  for (const path of [`${list}%ff/configuration`, `${list}%/configuration`])
    expect((await ask(path))[0]).toBe(400);
});
