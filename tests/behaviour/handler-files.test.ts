/** Where a handler's code may lie, by the rules of each client line: found with the layer where it is found without. */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Host, runtimes, type Seen, seen } from "./host.ts";

let host: Host;
beforeAll(async () => {
  host = await Host.start();
});
afterAll(() => host.stop());

const commonJs = "exports.handler = async (event) => {\n  return { n: event.n };\n};\n";
const esm = "export const handler = async (event) => {\n  return { n: event.n };\n};\n";
const typeModule = { "package.json": '{"type":"module"}' };

interface Row {
  what: string;
  files: Record<string, string>;
  handler: string;
  environment?: Record<string, string>;
  /** Where the code ran, on both lines; none: one line at least finds nothing. */
  ran?: string;
}

const rows: Row[] = [
  { what: "no extension", files: { plain: commonJs }, handler: "plain.handler", ran: "plain" },
  { what: "no extension, ES module", files: { ...typeModule, plain: esm }, handler: "plain.handler" },
  {
    what: "no extension beside .js",
    files: { plain: commonJs, "plain.js": "throw 1;" },
    handler: "plain.handler",
  },
  {
    what: ".js beside .mjs",
    files: { "a.js": commonJs, "a.mjs": "throw 1;" },
    handler: "a.handler",
    ran: "a.js",
  },
  {
    what: ".mjs beside .cjs",
    files: { "a.mjs": esm, "a.cjs": "throw 1;" },
    handler: "a.handler",
    ran: "a.mjs",
  },
  { what: ".cjs", files: { "a.cjs": commonJs }, handler: "a.handler", ran: "a.cjs" },
  { what: "a folder", files: { "folder/index.js": commonJs }, handler: "folder.handler" },
  {
    what: "a folder with a manifest",
    files: { "f/package.json": '{"main":"m.js"}', "f/m.js": commonJs },
    handler: "f.handler",
  },
  { what: "in a folder", files: { "src/a.js": commonJs }, handler: "src/a.handler", ran: "src/a.js" },
  {
    what: "in a folder of a package",
    files: { "node_modules/p/a.js": commonJs },
    handler: "node_modules/p/a.handler",
  },
  {
    what: "only a default export",
    files: { "a.mjs": "export default async () => 1;" },
    handler: "a.default",
    ran: "a.mjs",
  },
  {
    what: "an ES module by its syntax, where none may be required",
    files: { "a.js": esm },
    handler: "a.handler",
    environment: { NODE_OPTIONS: "--no-experimental-require-module" },
  },
  {
    what: "an ES module by its syntax, behind a byte-order mark",
    files: { "a.js": "\ufeffexport const handler = async () => 1; await 1;" },
    handler: "a.handler",
  },
  {
    what: "an error without a message's text",
    files: { "a.js": "throw Object.assign(new Error('gone'), { message: undefined });" },
    handler: "a.handler",
  },
  {
    what: "an export that comes some turns late",
    files: {
      "a.js": "(async () => { for (let i = 0; i < 5; i++) await i; exports.handler = async () => 1; })();",
    },
    handler: "a.handler",
  },
];

function folderOf(files: Row["files"]): string {
  const code = host.newFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(code, path)), { recursive: true });
    writeFileSync(join(code, path), text);
  }
  return code;
}

const withoutTrace = (result: Seen): Seen => ({ ...result, trace: undefined });

describe.each(runtimes)("$runtime, client line $client", (runtime) => {
  test.each(rows)("$what", async ({ files, handler, ran, environment = {} }) => {
    const config = { ...runtime, code: folderOf(files), handler, environment };
    const bare = await host.lambda.invoke(await host.bare(config), { n: 1 });
    const name = await host.layered(config);
    const layered = await host.lambda.invoke(name, { n: 1 });
    expect(withoutTrace(seen(layered))).toEqual(withoutTrace(seen(bare)));
    if (ran === undefined) return;
    expect(bare.functionError).toBeUndefined();
    const [file] = await host.coverageFiles(name);
    expect(file?.scripts.map(({ path }) => path)).toEqual([ran]);
  });

  test("loader hooks that another wrapper puts on the command line see the handler's file", {
    tags: "namespaces",
  }, async () => {
    const code = folderOf({
      "wrapper.sh": '#!/bin/sh\nnode="$1"; shift; exec "$node" --import=/var/task/hooks.mjs "$@"\n',
      "hooks.mjs": 'import { register } from "node:module"; register("./load.mjs", import.meta.url);',
      "load.mjs": `export const load = async (url, context, next) => ({
        ...(await next(url, context)),
        ...(url.endsWith("/a.js") && { format: "commonjs", source: "exports.handler = async () => 'hooked';" }),
      });`,
      "a.js": "exports.handler = async () => 'plain';",
    });
    chmodSync(join(code, "wrapper.sh"), 0o755);
    const config = { ...runtime, code, handler: "a.handler" };
    const alone = { AWS_LAMBDA_EXEC_WRAPPER: "/var/task/wrapper.sh" };
    const next = { COVERAGE_NEXT_WRAPPER: "/var/task/wrapper.sh" };
    const bare = await host.lambda.invoke(await host.bare({ ...config, environment: alone }), {});
    const layered = await host.lambda.invoke(await host.layered({ ...config, environment: next }), {});
    expect(layered.payload).toBe(bare.payload);
  });
});
