/** Wrong settings and broken surroundings: the function runs as without the layer, and one line says why. */
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fixtures } from "./deployed-function.ts";
import { Host, runtimes, seen } from "./host.ts";

let host: Host;
let code: string;
beforeAll(async () => {
  host = await Host.start();
  code = host.newFolder();
  copyFileSync(join(fixtures, "endings.cjs"), join(code, "index.js"));
  writeFileSync(join(code, "broken.js"), 'throw new RangeError("at load");\n');
  writeFileSync(join(code, "syntax.js"), "const = 1;\n");
  writeFileSync(join(code, "missing.js"), 'require("./not-there.js");\n');
  writeFileSync(join(code, "rejects.mjs"), 'await Promise.reject(new RangeError("top level"));\n');
});
afterAll(() => host.stop());

describe.each(runtimes)("$runtime", (row) => {
  test.each([
    ["no bucket", { COVERAGE_S3_BUCKET: "" }, "NoBucket"],
    ["a bucket's name that is none", { COVERAGE_S3_BUCKET: "No Bucket" }, "NoBucket"],
    ["NODE_V8_COVERAGE", { NODE_V8_COVERAGE: "/tmp/v8" }, "NodeV8Coverage"],
    ["Managed Instances", { AWS_LAMBDA_INITIALIZATION_TYPE: "lambda-managed-instances" }, "ManagedInstances"],
    ["an endpoint that nobody listens on", { AWS_ENDPOINT_URL_S3: "http://127.0.0.1:1" }, "S3UploadError"],
    ["a host name that does not exist", { AWS_ENDPOINT_URL_S3: "http://nowhere.invalid" }, "S3UploadError"],
  ])("%s", async (_, environment, errorType) => {
    const config = { code, handler: "index.handler", ...row };
    const bare = await host.lambda.invoke(await host.bare(config), { way: "return" });
    const name = await host.layered({ ...config, environment });
    const layered = await host.lambda.invoke(name, { way: "return" });
    expect(seen(layered)).toEqual(seen(bare));
    const lines = await host.layerLines(name);
    // A bad value is named besides, and the default is taken.
    const reasons = lines.map((line) => line.error_type).filter((type) => type !== "BadSetting");
    expect(reasons).toEqual([errorType]);
    expect(await host.coverageFiles(name)).toEqual([]);
  });

  test.each(["broken.handler", "syntax.handler", "missing.handler", "rejects.handler", "nowhere.handler"])(
    "%s cannot be loaded",
    async (handler) => {
      const config = { code, handler, ...row };
      const bare = await host.lambda.invoke(await host.bare(config), {});
      const name = await host.layered(config);
      const layered = await host.lambda.invoke(name, {});
      expect({ ...seen(layered), trace: undefined }).toEqual({ ...seen(bare), trace: undefined });
      expect(layered.payload).not.toContain("/opt/");
      // Lambda starts a process anew after a failed init: one line each.
      const processes = (await host.eventsOf(layered.sandboxId)).filter(
        ({ kind }) => kind === "process-start",
      );
      const lines = await host.layerLines(name);
      expect(lines.map((line) => line.error_type)).toEqual(processes.map(() => "HandlerNotLoaded"));
    },
  );
});
