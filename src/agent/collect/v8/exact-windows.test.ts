import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { compareWindows, eagerTiers } from "../../../../bench/warm/windows.ts";
import { nodeBinary } from "../../../local/lambda/node-binary.ts";
import { exactFlags } from "./exact-windows.ts";

describe.each([22, 24])("Node.js %i", (major) => {
  // The whole of it, 5,000 snapshots at V8's own pace, is `npm run bench:warm`.
  test("every later snapshot of hot code is whole", async () => {
    const { path: node } = await nodeBinary(major);
    const { windows, counters, ...found } = await compareWindows({ node, takes: 40, flags: eagerTiers });
    expect(counters).toBeGreaterThan(60);
    expect(found).toEqual({ lost: 0, exact: windows, missing: 0, wrong: 0 });
  });

  test("without the flags functions are missing, no snapshot says to be whole, and the canary holds", async () => {
    const { path: node } = await nodeBinary(major);
    const found = await compareWindows({ node, takes: 40, flags: eagerTiers, exactWindows: false });
    expect(found.missing).toBeGreaterThan(0);
    expect(found).toMatchObject({ lost: 0, exact: 0, wrong: 0 });
  });

  test("function granularity never says to be whole", async () => {
    const { path: node } = await nodeBinary(major);
    expect(await compareWindows({ node, takes: 4, granularity: "function" })).toMatchObject({
      lost: 0,
      exact: 0,
    });
  });
});

describe.each([22, 24, 26])("V8's flags in Node.js %i", (major) => {
  test.each(exactFlags)("%s can be set, and %s is how V8 has it", async (exact, usual) => {
    const { path } = await nodeBinary(major);
    const script = `require("node:v8").setFlagsFromString(${JSON.stringify(exact)})`;
    // An unknown flag is an error on the process's own output.
    expect(execFileSync(path, ["-e", script], { encoding: "utf8", stdio: "pipe" })).toBe("");
    const name = exact.replace(/^--(no-)?/, "").replace(/=.*/, "");
    const options = execFileSync(path, ["--v8-options"], { encoding: "utf8", maxBuffer: 2 ** 26 });
    const described = options.slice(options.indexOf(`  --${name} (`)).split("\n", 2)[1];
    expect(described).toContain(`default: ${usual}`);
  });
});
