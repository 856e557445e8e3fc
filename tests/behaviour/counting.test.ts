/** What the stored files say: read point by point from the stored source, not by combine. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deploy } from "./deployed-function.ts";
import { Host, runtimes } from "./host.ts";

let host: Host;
beforeAll(async () => {
  host = await Host.start();
});
afterAll(() => host.stop());

const calls = 3;
const initOnly = "const sum = 1 + 2";
const never = "const sum = 3 + 4";
const perCall = "endings[event.do](event)";

describe.each(runtimes)("$runtime", (row) => {
  describe.each(["cjs", "esm"] as const)("%s", (form) => {
    test.each(["wrapper", "coverageHandler"] as const)("block granularity, %s", async (how) => {
      const code = await deploy(
        host.newFolder(),
        form,
        how === "wrapper" ? "plain" : "coverageHandler",
        host,
      );
      const config = { code, handler: "index.events", ...row };
      const name = how === "wrapper" ? await host.layered(config) : await host.wrappedInCode(config);
      for (let call = 0; call < calls; call++) await host.lambda.invoke(name, { do: "return" });
      const files = await host.coverageFiles(name);
      expect(files.map((file) => file.environment.sequence)).toEqual([0, 1, 2]);
      expect(new Set(files.map((file) => file.environment.id)).size).toBe(1);
      expect(files.flatMap((file) => file.invocations.map(({ outcome }) => outcome))).toEqual([
        "ok",
        "ok",
        "ok",
      ]);
      expect(await host.countAt(files, "cases.js", initOnly)).toBe(1);
      expect(await host.countAt(files, "cases.js", never)).toBe(0);
      expect(await host.countAt(files, "cases.js", perCall)).toBe(calls);
      expect(await host.countAt(files, "cases.js", "if (event.useContext)")).toBe(calls);
      expect(await host.countAt(files, "cases.js", "context.awsRequestId.length > 10 &&")).toBe(0);
    });
  });

  test("function granularity", async () => {
    const code = await deploy(host.newFolder(), "cjs", "plain", host);
    const environment = { COVERAGE_GRANULARITY: "function" };
    const name = await host.layered({ code, handler: "index.events", ...row, environment });
    for (let call = 0; call < calls; call++) await host.lambda.invoke(name, { do: "return" });
    const files = await host.coverageFiles(name);
    expect(files.map((file) => file.granularity)).toEqual(["function", "function", "function"]);
    // V8 reports each function once; all its blocks are unknown, which negative counts say.
    expect(await host.countAt(files, "cases.js", initOnly)).toBe(1);
    expect(await host.countAt(files, "cases.js", never)).toBe(0);
    expect(await host.countAt(files, "cases.js", perCall)).toBe(1);
    const counts = files
      .flatMap((file) => file.scripts)
      .flatMap((script) => (script.kind === "v8" ? script.ranges : []));
    expect(counts.filter((value, index) => index % 3 === 2 && value > 0)).toEqual([]);
  });

  test("what was compiled before the package's import is marked as collected late", async () => {
    const code = await deploy(host.newFolder(), "cjs", "coverageHandler", host);
    const name = await host.wrappedInCode({ code, handler: "index.events", ...row });
    await host.lambda.invoke(name, { do: "return" });
    const [file] = await host.coverageFiles(name);
    expect(file?.collectedFrom).toBe("late");
    const from = Object.fromEntries(
      (file?.scripts ?? []).map((script) => [
        script.path,
        script.kind === "v8" ? script.collectedFrom : undefined,
      ]),
    );
    expect(from).toEqual({ "index.js": undefined, "cases.js": "start" });
  });

  test("COVERAGE_UPLOAD=new stores the first file, and then only what is new", async () => {
    const code = await deploy(host.newFolder(), "cjs", "plain", host);
    const environment = { COVERAGE_UPLOAD: "new" };
    const name = await host.layered({ code, handler: "index.events", ...row, environment });
    for (const what of ["return", "return", "return", "null", "null", "return"]) {
      await host.lambda.invoke(name, { do: what });
    }
    const files = await host.coverageFiles(name);
    expect(files.map((file) => file.environment.sequence)).toEqual([0, 1]);
    expect(await host.countAt(files, "cases.js", "() => null")).toBeGreaterThan(0);
  });

  test("COVERAGE_UPLOAD=new: what S3 refused comes with a later invocation that runs nothing new", async () => {
    const code = await deploy(host.newFolder(), "cjs", "plain", host);
    const name = await host.layered({
      code,
      handler: "index.events",
      ...row,
      environment: { COVERAGE_UPLOAD: "new", COVERAGE_UPLOAD_TIMEOUT: "0.5" },
    });
    await host.lambda.invoke(name, { do: "return" });
    await host.s3.setFaults({ faults: [{ kind: "InternalError" }] });
    await host.lambda.invoke(name, { do: "null" });
    await host.s3.setFaults();
    await host.lambda.invoke(name, { do: "return" });
    const files = await host.coverageFiles(name);
    expect(files.map((file) => file.environment.sequence)).toEqual([0, 1]);
  });

  test("stripped types, a byte-order mark: the stored source is what ran", async () => {
    const code = host.newFolder();
    writeFileSync(
      join(code, "index.mjs"),
      'export { one } from "./typed.mts"; export { two } from "./marked.cjs";\n',
    );
    writeFileSync(
      join(code, "typed.mts"),
      "interface A { b: number }\nexport const one = async (a: A): Promise<number> => a.b ? 1 : 2;\n",
    );
    writeFileSync(join(code, "marked.cjs"), '\uFEFF"use strict";\nexports.two = async () => 2;\n');
    const environment = { NODE_OPTIONS: "--experimental-strip-types --no-warnings" };
    const name = await host.layered({ code, handler: "index.one", ...row, environment });
    const result = await host.lambda.invoke(name, { b: 1 });
    expect(result.payload).toBe("1");
    const files = await host.coverageFiles(name);
    const paths = files.flatMap((file) => file.scripts.map(({ path, script }) => [path, script !== null]));
    expect(paths).toContainEqual(["typed.mts", true]);
    expect(paths).toContainEqual(["marked.cjs", true]);
    expect(await host.countAt(files, "typed.mts", "a.b ? 1")).toBe(1);
  });
});
