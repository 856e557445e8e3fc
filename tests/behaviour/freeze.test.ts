/** Frozen by SIGSTOP between invocations, as on Lambda: nothing is lost, nothing stored twice. */
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fixtures } from "./deployed-function.ts";
import { Host, runtimes } from "./host.ts";

const keepAliveTimeoutMs = 100;

let host: Host;
let code: string;
beforeAll(async () => {
  host = await Host.start({ keepAliveTimeoutMs });
  code = host.newFolder();
  copyFileSync(join(fixtures, "endings.cjs"), join(code, "index.js"));
});
afterAll(() => host.stop());

test.each(runtimes)("$runtime: S3 closed the connection while the environment was frozen", async (row) => {
  const name = await host.layered({ code, handler: "index.handler", ...row });
  const calls = 4;
  let sandboxId = "";
  for (let call = 0; call < calls; call++) {
    const result = await host.lambda.invoke(name, { way: "return" });
    sandboxId = result.sandboxId;
    // The server closes its end; the frozen process hears of it only when it is thawed.
    await sleep(keepAliveTimeoutMs * 3);
  }
  const events = await host.eventsOf(sandboxId);
  expect(events.filter(({ kind }) => kind === "thaw").length).toBe(calls - 1);
  const files = await host.coverageFiles(name);
  expect(files.map((file) => file.environment.sequence)).toEqual([0, 1, 2, 3]);
  const puts = events.filter(({ kind, detail }) => kind === "s3" && detail?.includes(`/${name}-`));
  expect(puts.map(({ detail }) => detail?.endsWith(" 200"))).toEqual(Array(calls).fill(true));
  expect((await host.layerLines(name)).filter((line) => line.level !== "INFO")).toEqual([]);
});
