/** What goes on outside (a reader that has gone, a disk that is full) changes neither work nor exit code in silence. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { deployedScript, scriptObject } from "../../tests/oracle/collected.ts";
import { formatScriptKey } from "../contract/object-keys.ts";

const main = fileURLToPath(new URL("main.ts", import.meta.url));
const tsx = import.meta.resolve("tsx");

/** Their table is longer than a pipe is deep. */
const tableFiles = 1200;

let root: string;
let bucket: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), "lc-word-"));
  bucket = path.join(root, "bucket");
  await bucketOf(bucket, tableFiles);
  await bucketOf(path.join(root, "small"), 40);
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** One script of so many original files. */
async function bucketOf(folder: string, files: number): Promise<void> {
  const names = Array.from({ length: files }, (_, index) => `src/some/long/path/file${index}.ts`);
  const texts = names.map((_, index) => `function f${index}(){return ${index}}`);
  const source = texts.join("\n");
  const mappings = names.map((_, index) => (index === 0 ? "AAAAA,SAAS" : "ACAAA,SAAS")).join(";");
  const sourceMap = JSON.stringify({ version: 3, sources: names, sourcesContent: texts, mappings });
  const script = deployedScript("index.js", source, sourceMap);
  const key = formatScriptKey(script.sha256);
  const coverage = {
    format: "lambda-coverage/1",
    function: { name: "orders", version: "1", region: "eu-west-1", runtime: "nodejs24.x" },
    environment: { id: "e", sequence: 0 },
    invocations: [{ requestId: "r", startedAt: "2026-11-28T10:00:00.000Z", durationMs: 1, outcome: "ok" }],
    granularity: "block",
    collectedFrom: "start",
    scripts: [
      {
        kind: "v8",
        path: "index.js",
        script: key,
        ranges: [0, source.length, 1, 0, (texts[0] as string).length, 0],
      },
    ],
  };
  await mkdir(path.join(folder, "coverage-scripts"), { recursive: true });
  await mkdir(path.join(folder, "coverage/2026/11/28"), { recursive: true });
  await writeFile(path.join(folder, key), scriptObject(script));
  const file = path.join(folder, "coverage/2026/11/28/orders-100000000-r.coverage");
  await writeFile(file, gzipSync(JSON.stringify(coverage)));
}

/** Through a shell, as a user has it; `$LC` is the command. */
async function shell(script: string): Promise<{ code: number; out: string; err: string }> {
  const env = { ...process.env, LC: `${process.execPath} --import ${tsx} ${main}`, BUCKET: bucket };
  const child = spawn("bash", ["-c", script], { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  return { code, out, err };
}

test.each(["| true", "| head -2"])(
  "%s: the threshold holds, and the report is in the bucket",
  async (reader) => {
    const { out } = await shell(
      `$LC combine $BUCKET --format text,lcov --fail-under 100 --output-key coverage/combined/d.json ${reader}
     echo "exit \${PIPESTATUS[0]}"`,
    );
    expect(out).toMatch(/exit 3$/m);
    const stored = JSON.parse(await readFile(path.join(bucket, "coverage/combined/d.json"), "utf8"));
    expect(Object.keys(stored.files)).toHaveLength(tableFiles);
    await rm(path.join(bucket, "coverage/combined"), { recursive: true });
  },
);

test("a reader of messages that has gone, too", async () => {
  const { out } = await shell(`$LC combine small --fail-under 100 2> >(true); echo "exit $?"`);
  expect(out).toMatch(/exit 3$/m);
});

test("a table that the disk has no room for is an error", async () => {
  const { err, out } = await shell(`$LC combine small --format text > /dev/full; echo "exit $?"`);
  expect(out).toMatch(/exit 1$/m);
  expect(err).toContain("no space is left on the disk");
  expect(err).toContain("Free some space");
  expect(err).not.toContain("    at ");
});

test("a disk that fills up while a report is written leaves the old one whole, and nothing beside it", async () => {
  const report = path.join(root, "report");
  await shell(`$LC combine small --format html,lcov,json --out report`);
  const before = await snapshot(report);
  expect(before.size).toBe(45);
  // No file above so many KB: as on a full disk, some of the report could be written.
  const filled = await shell(`ulimit -f 12; $LC combine small --format html,lcov,json --out report`);
  expect(filled.code).toBe(1);
  expect(filled.err).toContain("Free some space");
  expect(await snapshot(report)).toEqual(before);
});

test("a report that was cut off by a kill is cleared away; what is not ours in its folder stays", async () => {
  const report = path.join(root, "shared");
  await mkdir(path.join(report, "files"), { recursive: true });
  await mkdir(path.join(report, ".lambda-coverage-4000000000-abcdef"));
  await writeFile(path.join(report, "files/mine.html"), "mine");
  expect((await shell(`$LC combine small --format html --out shared`)).code).toBe(0);
  expect((await readdir(report)).sort()).toEqual(["files", "index.html", "report.css", "report.js"]);
  expect(await readFile(path.join(report, "files/mine.html"), "utf8")).toBe("mine");
  await rm(path.join(report, "files/mine.html"));
  await writeFile(path.join(report, "files/gone-0a1b2c3d.html"), "a page of a file that is no more");
  expect((await shell(`$LC combine small --format html --out shared`)).code).toBe(0);
  expect(await readdir(path.join(report, "files"))).toHaveLength(40);
});

test("a file where a folder should be: said, with what to do", async () => {
  await writeFile(path.join(root, "taken"), "");
  for (const out of ["taken", "taken/below"]) {
    const { code, err } = await shell(`$LC combine small --format lcov --out ${out}`);
    expect(code).toBe(1);
    expect(err).toContain(`${path.join(root, out)} cannot be a folder`);
    expect(err).toContain("Remove the file, or name another folder.");
  }
});

/** Contents by path. */
async function snapshot(folder: string): Promise<Map<string, string>> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((one) =>
    one.isFile(),
  );
  return new Map(
    await Promise.all(
      files.map(async ({ parentPath, name }) => {
        const file = path.join(parentPath, name);
        return [path.relative(folder, file), await readFile(file, "utf8")] as const;
      }),
    ),
  );
}
