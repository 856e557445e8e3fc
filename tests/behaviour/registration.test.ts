/** The extension's registration: refused, and where the function's modules take long to load. */
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Host, runtimes } from "./host.ts";

let host: Host;
beforeAll(async () => {
  host = await Host.start();
});
afterAll(() => host.stop());

function folderOf(source: string): string {
  const code = host.newFolder();
  writeFileSync(join(code, "index.js"), source);
  return code;
}

/** The built layer, but it asks for an event that no internal extension may have. */
function refusedLayer(): string {
  const folder = host.newFolder();
  cpSync(host.layer, folder, { recursive: true });
  const file = join(folder, "lambda-coverage/both-threads.cjs");
  const text = readFileSync(file, "utf8");
  expect(text).toContain('{"events":["INVOKE"]}');
  writeFileSync(file, text.replace('"INVOKE"', '"SHUTDOWN"'));
  return folder;
}

const handlers = {
  "an async handler": "async () => 1",
  "a callback, answered once the event loop is empty":
    "(event, context, callback) => void setTimeout(() => callback(null, 1), 300)",
};

describe.each(runtimes)("$runtime", (row) => {
  // After an answer out of an empty loop nothing holds the environment: storing goes on while the next handler runs.
  const kinds = Object.entries(handlers).slice(0, row.client === 3 ? 2 : 1);
  test.each(kinds)("refused: %s answers all the same, and its coverage is stored", async (_, handler) => {
    const code = folderOf(`exports.handler = ${handler};`);
    const name = await host.layered({ ...row, code, handler: "index.handler", layers: [refusedLayer()] });
    for (let call = 0; call < 4; call++) {
      const { payload, timedOut } = await host.lambda.invoke(name, {});
      expect([payload, timedOut]).toEqual(["1", false]);
    }
    const lines = await host.layerLines(name);
    expect(lines.map((line) => line.error_type).filter(Boolean)).toEqual(["NotRegistered"]);
    expect((await host.coverageFiles(name)).length).toBeGreaterThan(0);
  });

  test("a second of loading without a turn of the event loop is no refusal", async () => {
    const code = folderOf(
      "const until = Date.now() + 1300; while (Date.now() < until); exports.handler = async () => 1;",
    );
    const name = await host.layered({ ...row, code, handler: "index.handler" });
    expect((await host.lambda.invoke(name, {})).payload).toBe("1");
    expect((await host.layerLines(name)).filter((line) => line.level !== "INFO")).toEqual([]);
    expect(await host.coverageFiles(name)).toHaveLength(1);
  });
});
