/** The two functions of the bench, a small handler and a big bundle, and what is counted when they really run. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { build } from "esbuild";
import { type DeployedScript, deployedScript, runV8, type V8Script } from "../../tests/oracle/collected.ts";
import { seeded } from "../../tests/oracle/mutations.ts";
import { type ProbedFile, probedFile, runProbedFolder } from "../../tests/oracle/probed.ts";

type V8Functions = V8Script["functions"];

export interface RecordedApp {
  name: "small" | "big";
  entry: string;
  url: string;
  script: DeployedScript;
  /** Per recorded environment its snapshots, in order: the first lists everything, later ones what ran. */
  environments: V8Functions[][];
  recorded: Recorded;
}

interface Recorded {
  snapshots: number;
  distinct: number;
}

/** The same function's probed copy, answering the same events. */
export interface ProbedApp extends RecordedApp {
  file: ProbedFile;
  /** Per recorded environment how often each probe counted until the end of each event; the first holds load. */
  counts: number[][][];
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
const order = z.object({ id: z.coerce.number().int(), name: z.string().min(2), tags: z.array(z.string().max(4)).optional() });
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
  const parsed = order.safeParse({ id: c.req.param("id"), name: c.req.query("name"), tags: c.req.queries("tag") });
  return parsed.success ? c.json(parsed.data) : c.json(parsed.error.issues, 400);
});
export async function handler(event: { path: string }) {
  const response = await app.request(event.path);
  return { status: response.status, body: await response.text() };
}
`;

/** Real processes that are started, and events that each answers: one snapshot each. */
const recordedEnvironments = { small: 10, big: 40 };
const recordedEvents = 24;

type Event = { name?: string } | { path: string };

/** An event as clients send them: no two environments get the same ones. */
function eventOf(name: "small" | "big", random: () => number): Event {
  const below = (limit: number) => Math.floor(random() * limit);
  const word = (length: number) => Array.from({ length }, () => "abcdefgh é/%"[below(12)]).join("");
  if (name === "small") return below(3) === 0 ? {} : { name: word(1 + below(8)) };
  const kind = below(8);
  if (kind === 0) return { path: `/s3/${encodeURIComponent(word(1 + below(30)))}` };
  if (kind === 1) return { path: `/lambda/${word(1 + below(12)).replace(/\W/g, "x")}` };
  if (kind === 2) return { path: `/${"deep/".repeat(below(6))}nothing` };
  const tags = Array.from({ length: below(12) }, () => `&tag=${encodeURIComponent(word(below(6)))}`);
  const id = below(4) === 0 ? "x" : String(below(1000));
  return { path: `/orders/${id}?name=${encodeURIComponent(word(below(9)))}${tags.join("")}` };
}

function eventsOf(name: "small" | "big", environment: number): Event[] {
  const random = seeded(environment);
  return Array.from({ length: recordedEvents }, () => eventOf(name, random));
}

export async function recordProbes(app: RecordedApp): Promise<ProbedApp> {
  const counts: number[][][] = [];
  const options = { eventsPerSnapshot: 1 };
  const how = { entry: "index.js", scripts: [app.script] };
  for (let environment = 0; environment < recordedEnvironments[app.name]; environment++) {
    const events = eventsOf(app.name, environment);
    const { moments } = await runProbedFolder(path.dirname(app.entry), how, events, options);
    counts.push(moments.slice(1, 1 + recordedEvents).map(([slice]) => slice ?? []));
  }
  const all = counts.flat().map((slice) => slice.join());
  const recorded = { snapshots: all.length, distinct: new Set(all).size };
  return { ...app, recorded, file: probedFile(app.script), counts };
}

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
  const environments: V8Functions[][] = [];
  let url = "";
  for (let environment = 0; environment < recordedEnvironments[name]; environment++) {
    const events = eventsOf(name, environment);
    const { snapshots } = await runV8(entry, events, { eventsPerSnapshot: 1 });
    url = snapshots[0]?.[0]?.url as string;
    environments.push(
      snapshots
        .slice(0, recordedEvents)
        .map((scripts) => scripts.find((one) => one.url === url)?.functions ?? []),
    );
  }
  const source = await readFile(entry, "utf8");
  const script = deployedScript("index.js", source, await readFile(`${entry}.map`, "utf8"));
  const all = environments.flat().map((functions) => JSON.stringify(functions));
  const recorded = { snapshots: all.length, distinct: new Set(all).size };
  return { name, entry, url, script, environments, recorded };
}
