/** What user code imports, in the local Lambda: blocks, two calls, health; with the exec wrapper and without. */
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CoverageFile } from "../../src/contract/coverage-file.ts";
import { repository } from "./deployed-function.ts";
import { bucket, Host, runtimes } from "./host.ts";

/** Each way of using the face; what is to be counted ends in a marker. */
const source = `
const outside = (n) => { return n + 1; /*outside*/ };
const inside = (n) => { if (n > 1) { return "big"; /*big*/ } return "small"; /*small*/ };
const second = (n) => { return n * 2; /*second*/ };

const uses = {};
uses.run = async ({ n }) => {
  outside(n);
  const result = await new face.CoverageContext().run(() => inside(n));
  outside(n);
  return result;
};
uses.enterExit = async ({ n }) => {
  outside(n);
  const block = new face.CoverageContext();
  await block.enter();
  try { return inside(n); } finally { await block.exit(); outside(n); }
};
uses.dispose = async ({ n }) => {
  outside(n);
  const block = new face.CoverageContext().enter();
  const result = inside(n);
  await block[Symbol.asyncDispose]();
  outside(n);
  return result;
};
uses.twoCalls = async ({ n }) => {
  outside(n);
  const active = face.initializeCoverage();
  const result = inside(n);
  await face.finalizeCoverage();
  outside(n);
  return active && result;
};
uses.nested = async ({ n }) => {
  outside(n);
  const result = await new face.CoverageContext().run(async () => {
    await new face.CoverageContext().run(() => second(n));
    return inside(n);
  });
  outside(n);
  return result;
};
uses.overlapping = async ({ n }) => {
  const [a, b] = [new face.CoverageContext(), new face.CoverageContext()];
  outside(n);
  a.enter();
  second(n);
  b.enter();
  await a.exit();
  const result = inside(n);
  await b.exit();
  outside(n);
  return result;
};
uses.leftOpen = async ({ n }) => {
  if (n > 1) {
    face.initializeCoverage();
    inside(n);
    throw new RangeError("before finalizeCoverage");
  }
  outside(n);
  face.initializeCoverage();
  const result = inside(n);
  await face.finalizeCoverage();
  outside(n);
  return result;
};
uses.throwing = async ({ n }) => {
  outside(n);
  await new face.CoverageContext().run(() => { throw new TypeError(inside(n)); });
};
uses.status = async ({ n }) => {
  await new face.CoverageContext().run(() => inside(n));
  return { health: face.healthCheckHandler(), status: face.getCoverageStatus(), info: face.getLayerInfo() };
};
export const handler = (event) => uses[event.use](event);
`;

type Form = "cjs" | "esm";
type By = "wrapper" | "code";

function deployFace(folder: string, form: Form, by: By): string {
  if (form === "esm") {
    writeFileSync(join(folder, "package.json"), '{"type":"module"}');
    writeFileSync(join(folder, "index.js"), `import * as face from "lambda-coverage-layer";${source}`);
    // Without the wrapper an ES module finds no package of a layer: it is deployed with the function.
    const modules = join(repository, "dist/layer/nodejs/node_modules");
    if (by === "code") cpSync(modules, join(folder, "node_modules"), { recursive: true });
  } else {
    const commonJs = source.replace(/^export const (\w+) =/gm, "exports.$1 =");
    writeFileSync(join(folder, "index.js"), `const face = require("lambda-coverage-layer");${commonJs}`);
  }
  return folder;
}

let host: Host;
beforeAll(async () => {
  host = await Host.start();
});
afterAll(() => host.stop());

const uses = ["run", "enterExit", "dispose", "twoCalls", "nested", "overlapping"];
const forms: Form[] = ["cjs", "esm"];
const ways: By[] = ["wrapper", "code"];

describe.each(runtimes)("$runtime", ({ runtime, client }) => {
  describe.each(forms.flatMap((form) => ways.map((by) => ({ form, by }))))("$form by $by", ({ form, by }) => {
    let name: string;
    beforeAll(async () => {
      const code = deployFace(host.newFolder(), form, by);
      const config = { code, handler: "index.handler", runtime, client, memoryMb: 512, timeoutSeconds: 10 };
      name = await (by === "wrapper" ? host.layered(config) : host.wrappedInCode(config));
    });
    const invoke = async (use: string, n: number) => {
      const result = await host.lambda.invoke(name, { use, n });
      // Nobody waits for the deadline to learn that the invocation is over.
      expect(result.timedOut).toBe(false);
      return { payload: JSON.parse(result.payload), requestId: result.requestId };
    };
    const counts = async (requestIds: string[]): Promise<Record<string, number>> => {
      const keys = await host.keys("coverage/");
      const mine = keys.filter((key) => requestIds.some((id) => key.includes(id)));
      const files = await Promise.all(mine.map((key) => host.object<CoverageFile>(key)));
      const markers = ["outside", "big", "small", "second"];
      const entries = markers.map(
        async (marker) => [marker, await host.countAt(files, "index.js", `; /*${marker}*/`)] as const,
      );
      return Object.fromEntries(await Promise.all(entries));
    };

    test.each(uses)("%s: the block is counted, once, and nothing else of the invocation", async (use) => {
      const requestIds = [];
      for (const n of [0, 5, 5]) {
        const { payload, requestId } = await invoke(use, n);
        expect(payload).toBe(n > 1 ? "big" : "small");
        requestIds.push(requestId);
      }
      const second = use === "nested" || use === "overlapping" ? 3 : 0;
      expect(await counts(requestIds)).toEqual({ outside: 0, big: 2, small: 1, second });
    });

    test("what the block throws reaches the caller unchanged, and its coverage is stored", async () => {
      const { payload, requestId } = await invoke("throwing", 5);
      expect(payload).toMatchObject({ errorType: "TypeError", errorMessage: "big" });
      expect(await counts([requestId])).toMatchObject({ outside: 0, big: 1 });
    });

    test("what was left open by an error is stored with the next block, and ends there", async () => {
      const failed = await invoke("leftOpen", 5);
      const next = await invoke("leftOpen", 0);
      expect(next.payload).toBe("small");
      const both = await counts([failed.requestId, next.requestId]);
      expect(both).toMatchObject({ big: 1, small: 1 });
      expect(await counts([(await invoke("run", 0)).requestId])).toMatchObject({ outside: 0, small: 1 });
    });

    test("an invocation with many blocks is one invocation", async () => {
      const { requestId } = await invoke("overlapping", 0);
      const keys = (await host.keys("coverage/")).filter((key) => key.includes(requestId));
      const files = await Promise.all(keys.map((key) => host.object<CoverageFile>(key)));
      const named = files.flatMap((file) => file.invocations);
      expect(files).toHaveLength(2);
      expect(named.length).toBe(by === "wrapper" ? 1 : 0);
    });

    test("health and status say what the agent knows", async () => {
      await invoke("status", 0);
      const { payload } = await invoke("status", 5);
      expect(payload.health).toMatchObject({
        status: "healthy",
        coverage_enabled: true,
        s3_config: { bucket: bucket, prefix: "coverage/", status: "ok" },
      });
      expect(payload.status).toMatchObject({
        initialized: true,
        active: true,
        config: { s3_bucket: bucket, upload_timeout: 30 },
        collected_from: by === "wrapper" ? "start" : "late",
        last_upload: { function_name: name, file_size: expect.any(Number) },
      });
      expect(payload.info.node_version).toMatch(runtime === "nodejs22.x" ? /^22\./ : /^24\./);
    });

    test("no file is stored twice or left out", async () => {
      const sequences = (await host.coverageFiles(name)).map((file) => file.environment.sequence);
      expect(sequences).toEqual(sequences.map((_, index) => index));
    });
  });
});
