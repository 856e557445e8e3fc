/** Several hundred real npm modules in one handler: code that nobody wrote with coverage in mind. */

import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { parse as parseBabel } from "@babel/parser";
import { parse as parseAcorn } from "acorn";
import Table from "cli-table3";
import { Command } from "commander";
import fc from "fast-check";
import { Hono } from "hono";
import { bearerAuth } from "hono/bearer-auth";
import { cors } from "hono/cors";
import { etag } from "hono/etag";
import libCoverage from "istanbul-lib-coverage";
import picomatch from "picomatch";
import YAML from "yaml";
import { z } from "zod";

type Task = (input: string) => unknown;

const text = `
defaults: &defaults
  retries: 3
  tags: [a, "b: c", 'd']
service:
  <<: *defaults
  name: |
    orders
    and more
  limits: { cpu: 0.5, memory: 1e3, on: true, none: ~ }
  when: 2026-11-20T10:00:00Z
`;

const code = `
import fs, { readFile as read } from "node:fs/promises";
export class Shape extends Base { #side = 1; static count = 0; get area() { return this.#side ** 2; } }
export default async function* walk(tree, { depth = 3, ...rest } = {}) {
  for await (const [key, value] of Object.entries(tree ?? {})) {
    if (value?.children && depth > 0) yield* walk(value.children, { depth: depth - 1, ...rest });
    else if (/^[a-z]+$/iu.test(key)) yield \`\${key}: \${value || "none"}\`;
  }
  label: while (true) { try { switch (tree) { case 1: continue label; default: break label; } } catch { } finally { } }
}
`;

/** Answers like S3 and Lambda, without a network. */
function fakeHandler(status: number, body: string, headers: Record<string, string> = {}) {
  return {
    handle: async () => ({
      response: { statusCode: status, headers, body: new Blob([body]).stream(), reason: "" },
    }),
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
  } as never;
}

const client = (status: number, body: string, headers = {}) => ({
  region: "eu-west-1",
  maxAttempts: 1,
  credentials: { accessKeyId: "key", secretAccessKey: "secret" },
  requestHandler: fakeHandler(status, body, headers),
});

const app = new Hono();
app.use("/api/*", cors({ origin: ["https://a.example"] }), etag());
app.use("/secret/*", bearerAuth({ token: "token" }));
app.get("/api/items/:id{[0-9]+}", (c) => c.json({ id: c.req.param("id"), q: c.req.query("q") }));
app.post("/api/items", async (c) => c.json(await c.req.parseBody(), 201));
app.get("/secret/page", (c) => c.html("<p>secret</p>"));
app.get("/throws", () => {
  throw new Error("thrown");
});
app.onError((error, c) => c.text(error.message, 500));

const person = z.object({
  name: z.string().trim().min(1),
  age: z.coerce.number().int().min(0).optional(),
  mail: z.email().or(z.literal("none")),
  tags: z.array(z.enum(["a", "b"])).default([]),
  address: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("home"), street: z.string() }),
    z.object({ kind: z.literal("box"), box: z.number() }),
  ]),
});

const tasks: Record<string, Task> = {
  yaml: (input) => [YAML.parse(text), YAML.stringify({ input, list: [1, "x: y", null, { a: [] }] })],
  "yaml-broken": (input) => YAML.parseDocument(`a: [1, ${input}\n b: }`).errors.map((error) => error.code),
  acorn: () => parseAcorn(code, { ecmaVersion: "latest", sourceType: "module" }).body.length,
  "acorn-broken": (input) => parseAcorn(`let ${input} = ;`, { ecmaVersion: 2020 }),
  babel: () => parseBabel(code, { sourceType: "module", plugins: ["estree"] }).program.body.length,
  typescript: () =>
    parseBabel("enum A { B = 1 } type X<T> = T extends string ? 1 : never; let x = <any>y!;", {
      plugins: ["typescript"],
    }).program.body.length,
  zod: (input) => person.safeParse({ name: input, mail: "a@b.de", address: { kind: "box", box: 1 } }).success,
  "zod-broken": (input) =>
    person.safeParse({ name: "", age: input, mail: "x", address: { kind: "?" } }).error?.issues,
  glob: (input) => ["**/*.ts", "!(a|b)/{c,d}", "[a-c]?.js", "src/**/"].map((glob) => picomatch(glob)(input)),
  commander: (input) => {
    const program = new Command().exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} });
    program.option("-n, --number <n>", "a number", Number, 1).argument("[files...]");
    program
      .command("sub")
      .option("--flag")
      .action(() => {});
    return program.parse(["node", "x", ...input.split(" ")]).opts();
  },
  table: (input) => {
    const table = new Table({ head: ["a", "b"], colWidths: [10, 20] });
    table.push([input, { content: "wide", colSpan: 1 }], ["x".repeat(30), "y"]);
    return table.toString();
  },
  coverage: () => {
    const map = libCoverage.createCoverageMap({});
    return map.getCoverageSummary().toJSON();
  },
  "fast-check": () =>
    fc.check(
      fc.property(
        fc.record({ a: fc.integer(), b: fc.array(fc.string()), c: fc.float() }),
        (value) => value.a < 5_000_000,
      ),
      { seed: 42, numRuns: 60 },
    ).counterexample?.length,
  "s3-get": async () => {
    const s3 = new S3Client(client(200, "body", { etag: '"x"', "content-length": "4" }));
    return (await s3.send(new GetObjectCommand({ Bucket: "bucket", Key: "a/b c" }))).ETag;
  },
  "s3-list": async () => {
    const xml =
      "<ListBucketResult><Name>b</Name><KeyCount>1</KeyCount><Contents><Key>k</Key><Size>3</Size></Contents></ListBucketResult>";
    const s3 = new S3Client(client(200, xml));
    return (await s3.send(new ListObjectsV2Command({ Bucket: "bucket", Prefix: "x" }))).Contents;
  },
  "s3-denied": async (input) => {
    const s3 = new S3Client(client(403, "<Error><Code>AccessDenied</Code><Message>no</Message></Error>"));
    return s3.send(new PutObjectCommand({ Bucket: "bucket", Key: "k", Body: input }));
  },
  "lambda-invoke": async () => {
    const lambda = new LambdaClient(client(200, '{"ok":true}', { "x-amz-executed-version": "1" }));
    return (await lambda.send(new InvokeCommand({ FunctionName: "f", Payload: "{}" }))).ExecutedVersion;
  },
  http: async (input) => {
    const [path = "/", header] = input.split(" ");
    const response = await app.request(path, {
      headers: header ? { authorization: header, origin: "https://a.example" } : {},
    });
    return [response.status, await response.text()];
  },
};

export async function handler(event: { task: string; input?: string }): Promise<unknown> {
  const task = tasks[event.task];
  if (task === undefined) throw new Error(`no task ${event.task}`);
  return JSON.parse(JSON.stringify((await task(event.input ?? "input")) ?? null));
}
