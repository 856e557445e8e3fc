/**
 * What ran is not what lies on disk: types were stripped, a byte-order mark was dropped, a loader hook rewrote it.
 * The source that is stored is the one that ran, block counters stay, and an ending process says nothing new.
 */
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ScriptFile } from "../../src/contract/script-file.ts";
import { fixtures } from "./deployed-function.ts";
import { Host, runtimes, seen } from "./host.ts";

let host: Host;
beforeAll(async () => {
  host = await Host.start();
});
afterAll(() => host.stop());

const code = (types: { parameter: string; result: string }): string => `
const size = async (n${types.parameter})${types.result} => {
  await null;
  if (n > 1) {
    return "big";
  }
  return "small";
};
export const handler = async (event${types.parameter}) => {
  if (event.exit) setTimeout(() => process.exit(7), 20);
  const { length } = await size(event.n);
  await new Promise((resolve) => setTimeout(resolve, event.exit ? 1_000 : 0));
  return length;
};
`;
const plain = code({ parameter: "", result: "" });
const typed = code({ parameter: ": any", result: ": Promise<string>" });
const hooked = plain.replace("  const {", "  const sum = placeholder();\n  const {");
const commonJs = (text: string): string => text.replace("export const handler =", "exports.handler =");

const cases = [
  { what: "stripped types, ES module", file: "code.mts", text: typed, ran: "event     )" },
  { what: "stripped types, CommonJS", file: "code.cts", text: commonJs(typed), ran: "event     )" },
  {
    what: "stripped types and what stripping cannot do",
    file: "code.mts",
    text: `enum A { B }${typed}`,
    ran: "A[",
  },
  { what: "a byte-order mark", file: "code.cjs", text: `\uFEFF${commonJs(plain)}`, ran: "\nconst size" },
];
const byHook = { what: "a loader hook", file: "hooked.mjs", text: hooked, ran: "const sum = 1 + event.n" };

function options(file: string, text: string): string {
  if (file === "hooked.mjs") return "--import=/var/task/hooks.mjs";
  if (!file.endsWith("ts")) return "";
  return text.startsWith("enum") ? "--experimental-transform-types" : "--experimental-strip-types";
}

describe.each(runtimes)("$runtime", (row) => {
  test.each(cases)("$what", isStored);
  test.each([byHook])("$what", { tags: "namespaces" }, isStored);

  async function isStored({ file, text, ran }: typeof byHook): Promise<void> {
    const folder = host.newFolder();
    cpSync(join(fixtures, "intruders"), folder, { recursive: true });
    writeFileSync(join(folder, file), text);
    writeFileSync(join(folder, "index.mjs"), `export { handler } from "./${file}";\n`);
    const environment = { NODE_OPTIONS: options(file, text) };
    const config = { ...row, code: folder, handler: "index.handler", environment, timeoutSeconds: 20 };
    const bare = await play(await host.bare(config));
    const layered = await play(await host.layered(config));
    expect(layered.results).toEqual(bare.results);
    expect(layered.lines).toEqual(bare.lines);

    const files = await arrived(layered);
    expect(files.filter(({ lost }) => lost !== undefined)).toEqual([]);
    expect(new Set(files.map(({ environment }) => environment.id)).size).toBe(2);
    const scripts = files.flatMap((each) => each.scripts.filter(({ path }) => path === file));
    const counts = scripts.flatMap((script) => (script.kind === "v8" ? script.ranges : []));
    expect(counts.filter((count, at) => at % 3 === 2 && count < 0)).toEqual([]);
    const { source } = await host.object<ScriptFile>(scripts[0]?.script as string);
    expect(source).toContain(ran);
    const invocations = files.flatMap((each) => each.invocations);
    expect(invocations.length).toBeGreaterThanOrEqual(4);
    expect(await host.countAt(files, file, "n > 1")).toBe(invocations.length);
    expect(await host.countAt(files, file, 'return "big"')).toBe(1);
  }
});

/** Two ordinary calls, one whose process ends by itself, and one more in the next process. */
async function play(name: string) {
  const results = [];
  const requestIds = [];
  let sandbox = "new";
  for (const event of [{ n: 0 }, { n: 2 }, { n: 0, exit: true }, { n: 0 }]) {
    const result = await host.lambda.invoke(name, event, { sandbox });
    sandbox = result.sandboxId;
    requestIds.push(result.requestId);
    results.push({ ...seen(result), trace: undefined });
  }
  const lines = (await host.ownLines(name)).map((line) => line.replaceAll(name, "<name>"));
  return {
    name,
    sandbox,
    requestIds,
    results,
    lines: lines.map((line) => line.replace(/\(node:\d+\)/, "(node:<pid>)")),
  };
}

/** An upload that a busy machine did not get out in its budget comes with a later invocation. */
async function arrived({ name, sandbox, requestIds }: Awaited<ReturnType<typeof play>>) {
  for (let call = 0; ; call++) {
    const files = await host.coverageFiles(name);
    const stored = files.flatMap(({ invocations }) => invocations.map(({ requestId }) => requestId));
    if (call === 4 || requestIds.every((requestId) => stored.includes(requestId))) return files;
    await host.lambda.invoke(name, { n: 0 }, { sandbox });
  }
}
