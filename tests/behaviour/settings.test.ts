/** The settings that the agent itself obeys, and the exec wrapper. */
import { chmodSync, copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fixtures } from "./deployed-function.ts";
import { Host, runtimes } from "./host.ts";

let host: Host;
let code: string;
beforeAll(async () => {
  host = await Host.start();
  code = host.newFolder();
  copyFileSync(join(fixtures, "neighbours.cjs"), join(code, "index.js"));
  writeFileSync(
    join(code, "user-preload.cjs"),
    "globalThis.preloaded = [process.env._HANDLER, process.env.NODE_OPTIONS];\n",
  );
  writeFileSync(
    join(code, "user-import.mjs"),
    "await new Promise((resolve) => setTimeout(resolve, 20));\nglobalThis.preloaded = [process.env._HANDLER, process.env.NODE_OPTIONS];\n",
  );
  writeFileSync(join(code, "next-wrapper"), '#!/bin/sh\nexport CHAINED=yes\nexec "$@"\n');
  chmodSync(join(code, "next-wrapper"), 0o755);
});
afterAll(() => host.stop());

interface Surroundings {
  handler: string;
  nodeOptions: string | null;
  preloaded: string[] | null;
  chained: string | null;
  agent: boolean;
  leftovers: string[];
  child: { agent: boolean; nodeOptions: string | null };
  worker: { agent: boolean };
}

describe.each(runtimes)("$runtime", (row) => {
  const config = () => ({ code, handler: "index.handler", ...row, timeoutSeconds: 10, memoryMb: 512 });
  async function look(environment: Record<string, string>): Promise<Surroundings & { name: string }> {
    const name = await host.layered({ ...config(), environment });
    const { payload } = await host.lambda.invoke(name, {});
    return { ...(JSON.parse(payload) as Surroundings), name };
  }

  test("user code, children and workers find the environment that the user set", async () => {
    const seen = await look({});
    expect(seen).toMatchObject({ handler: "index.handler", nodeOptions: null, agent: true, leftovers: [] });
    expect(seen.child).toEqual({ agent: false, nodeOptions: null });
    expect(seen.worker).toEqual({ agent: false });
    expect((await host.coverageFiles(seen.name)).length).toBe(1);
  });

  test("the user's NODE_OPTIONS stay, to the letter, and their preloads see the user's handler", {
    tags: "namespaces",
  }, async () => {
    const options = "--require /var/task/user-preload.cjs  --no-deprecation";
    const seen = await look({ NODE_OPTIONS: options });
    expect(seen.nodeOptions).toBe(options);
    expect(seen.preloaded).toEqual(["index.handler", options]);
    expect(seen.child.nodeOptions).toBe(options);
    expect((await host.coverageFiles(seen.name)).length).toBe(1);
  });

  test("a preload by --import sees the user's handler too", { tags: "namespaces" }, async () => {
    const options = "--import=/var/task/user-import.mjs";
    const seen = await look({ NODE_OPTIONS: options });
    expect(seen.preloaded).toEqual(["index.handler", options]);
    expect((await host.coverageFiles(seen.name)).length).toBe(1);
  });

  test("COVERAGE_NEXT_WRAPPER is chained, also where we do nothing; one that is missing is said", {
    tags: "namespaces",
  }, async () => {
    const next = { COVERAGE_NEXT_WRAPPER: "/var/task/next-wrapper" };
    expect(await look(next)).toMatchObject({ chained: "yes", agent: true });
    expect(await look({ ...next, COVERAGE_ENABLED: "Off" })).toMatchObject({ chained: "yes", agent: false });
    const missing = await look({ COVERAGE_NEXT_WRAPPER: "/var/task/nowhere" });
    expect(missing).toMatchObject({ chained: null, agent: true });
    const lines = await host.layerLines(missing.name);
    expect(lines.filter((line) => line.level === "WARNING").length).toBe(1);
  });

  test.each([{ COVERAGE_ENABLED: "false" }, { COVERAGE_ENABLED: "0" }, { COVERAGE_SAMPLE_RATE: "0" }])(
    "%o: the runtime starts untouched",
    async (environment) => {
      const seen = await look(environment);
      expect(seen).toMatchObject({ agent: false, nodeOptions: null, leftovers: [] });
      expect(await host.layerLines(seen.name)).toEqual([]);
      const [sandbox] = await host.lambda.sandboxes(seen.name);
      const events = await host.eventsOf(sandbox?.sandboxId ?? "");
      expect(events.some(({ kind }) => kind === "extension-register")).toBe(false);
    },
  );

  test("COVERAGE_SAMPLE_RATE=0.5 collects in some environments, whole or not at all", async () => {
    const name = await host.layered({ ...config(), environment: { COVERAGE_SAMPLE_RATE: "0.5" } });
    const agents: boolean[] = [];
    for (let call = 0; call < 24 && new Set(agents).size < 2; call++) {
      const { payload } = await host.lambda.invoke(name, { brief: true }, { sandbox: "new" });
      agents.push((JSON.parse(payload) as Surroundings).agent);
    }
    expect(new Set(agents)).toEqual(new Set([true, false]));
    expect((await host.coverageFiles(name)).length).toBe(agents.filter(Boolean).length);
  });

  test("bad values and unknown names are named once each, and the defaults hold", async () => {
    const environment = {
      COVERAGE_SAMPLE_RATE: "often",
      COVERAGE_GRANULARITY: "line",
      COVERAGE_UPLOAD_TIMEOUT: "-1",
      COVERAGE_S3_PREFX: "x/",
    };
    const name = await host.layered({ ...config(), environment });
    for (let call = 0; call < 2; call++) await host.lambda.invoke(name, { brief: true });
    const warned = (await host.layerLines(name)).filter((line) => line.error_type === "BadSetting");
    const named = warned.map((line) => /COVERAGE_\w+/.exec(String(line.message))?.[0]);
    expect(named.sort()).toEqual(Object.keys(environment).sort());
    expect(warned.map((line) => line.message).join()).toContain("COVERAGE_S3_PREFIX?");
    const files = await host.coverageFiles(name);
    expect(files.map((file) => file.granularity)).toEqual(["block", "block"]);
  });

  test("prefix, patterns and COVERAGE_UPLOAD_SOURCES=false", async () => {
    const environment = {
      COVERAGE_S3_PREFIX: "/coverage/team a//",
      COVERAGE_EXCLUDE_PATTERNS: "index.js",
      COVERAGE_UPLOAD_SOURCES: "false",
    };
    const name = await host.layered({ ...config(), environment });
    const before = (await host.keys("coverage-scripts/")).length;
    await host.lambda.invoke(name, { brief: true });
    const keys = (await host.keys("coverage/team a/")).filter((key) => key.includes(`/${name}-`));
    expect(keys.length).toBe(1);
    const [file] = await host.coverageFiles(name);
    expect(file).toMatchObject({ exclude: ["index.js"], scripts: [] });
    expect((await host.keys("coverage-scripts/")).length).toBe(before);
  });

  test.each(["block", "function"])(
    "a profiler of the user's stops V8's coverage (%s): the loss is recorded, then it goes on",
    async (granularity) => {
      const name = await host.layered({ ...config(), environment: { COVERAGE_GRANULARITY: granularity } });
      await host.lambda.invoke(name, { brief: true });
      await host.lambda.invoke(name, { profile: true });
      await host.lambda.invoke(name, { brief: true });
      const files = await host.coverageFiles(name);
      expect(files.map((file) => file.lost?.reason)).toEqual([undefined, "canary", undefined]);
      await host.lambda.invoke(name, { profile: true });
      await host.lambda.invoke(name, { brief: true });
      const lines = await host.layerLines(name);
      expect(lines.filter((line) => line.error_type === "CanarySilent").length).toBe(1);
    },
  );

  test("credentials that change in the function's environment are taken for the next upload", async () => {
    const { accessKeyId, secretAccessKey } = host.s3;
    const name = await host.layered(config());
    await host.lambda.invoke(name, { brief: true });
    await host.s3.setAccessKeys([{ accessKeyId: "AKIANEW", secretAccessKey: "new", sessionToken: "token" }]);
    const env = { AWS_ACCESS_KEY_ID: "AKIANEW", AWS_SECRET_ACCESS_KEY: "new", AWS_SESSION_TOKEN: "token" };
    await host.lambda.invoke(name, { brief: true, env });
    await host.s3.setAccessKeys([{ accessKeyId, secretAccessKey }]);
    expect((await host.coverageFiles(name)).map((file) => file.environment.sequence)).toEqual([0, 1]);
  });

  test("with one thread in the pool and a host name for S3", async () => {
    const port = new URL(host.s3.endpoint).port;
    const environment = { UV_THREADPOOL_SIZE: "1", AWS_ENDPOINT_URL_S3: `http://localhost:${port}` };
    const name = await host.layered({ ...config(), environment });
    for (let call = 0; call < 2; call++) await host.lambda.invoke(name, { brief: true });
    expect((await host.coverageFiles(name)).length).toBe(2);
  });
});
