/** The two functions of the bench: a small handler and a big bundle, each with recorded snapshots. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { build } from "esbuild";
import { type DeployedScript, deployedScript, runV8, type V8Run } from "../../tests/oracle/collected.ts";

export interface RecordedApp {
  name: "small" | "big";
  entry: string;
  url: string;
  script: DeployedScript;
  /** The first snapshot lists everything, later ones what ran. */
  run: V8Run;
}

const small = `export const handler = async (event: { name?: string }) =>
  event.name === undefined ? "nobody" : \`Hello \${event.name}\`;
`;

/** hono, zod and two AWS SDK clients: some 700 sources in one bundle of 2.5 MB. */
const big = `
import { Hono } from "hono";
import { z } from "zod";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
const credentials = { accessKeyId: "key", secretAccessKey: "secret" };
const answer = { handle: async () => ({ response: { statusCode: 200, headers: {}, body: new Blob(["{}"]).stream() } }) };
const options = { region: "eu-west-1", credentials, maxAttempts: 1, requestHandler: answer as never };
const order = z.object({ id: z.coerce.number().int(), name: z.string().min(2), tags: z.array(z.string()).optional() });
const app = new Hono();
app.get("/s3/:key", async (c) => {
  const s3 = new S3Client(options);
  return c.json((await s3.send(new GetObjectCommand({ Bucket: "bucket", Key: c.req.param("key") }))).$metadata.httpStatusCode);
});
app.get("/lambda/:name", async (c) => {
  const lambda = new LambdaClient(options);
  return c.json((await lambda.send(new InvokeCommand({ FunctionName: c.req.param("name") }))).StatusCode ?? 0);
});
app.get("/orders/:id", (c) => {
  const parsed = order.safeParse({ id: c.req.param("id"), name: c.req.query("name") });
  return parsed.success ? c.json(parsed.data) : c.json(parsed.error.issues, 400);
});
export async function handler(event: { path: string }) {
  const response = await app.request(event.path);
  return { status: response.status, body: await response.text() };
}
`;

const bigPaths = ["/orders/1?name=ab", "/orders/x", "/s3/key", "/nothing", "/orders/2?name=b", "/lambda/f"];

export async function recordApp(name: "small" | "big", folder: string): Promise<RecordedApp> {
  const target = path.join(folder, name);
  await mkdir(target, { recursive: true });
  const entry = path.join(target, "index.js");
  await build({
    stdin: {
      contents: name === "small" ? small : big,
      loader: "ts",
      resolveDir: path.resolve(import.meta.dirname, "../.."),
      sourcefile: "src/index.ts",
    },
    outfile: entry,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    sourcemap: "linked",
    logLevel: "warning",
  });
  await writeFile(path.join(target, "package.json"), "{}");
  const events = Array.from({ length: 24 }, (_, index) =>
    name === "small" ? (index % 3 === 0 ? {} : { name: "Ada" }) : { path: bigPaths[index % bigPaths.length] },
  );
  const run = await runV8(entry, events, { eventsPerSnapshot: 1 });
  const url = run.snapshots[0]?.[0]?.url as string;
  const source = await readFile(entry, "utf8");
  const script = deployedScript("index.js", source, await readFile(`${entry}.map`, "utf8"));
  return { name, entry, url, script, run };
}
