/** The agent's thread dies, hangs or runs out of memory: the function never notices, and one line says so. */
import { copyFileSync, cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fixtures } from "./deployed-function.ts";
import { Host, runtimes } from "./host.ts";

let host: Host;
let code: string;
beforeAll(async () => {
  host = await Host.start();
  code = host.newFolder();
  copyFileSync(join(fixtures, "endings.cjs"), join(code, "index.js"));
});
afterAll(() => host.stop());

/** The built layer with a fault put in front of its worker. */
function faultyLayer(fault: string): string {
  const folder = host.newFolder();
  cpSync(host.layer, folder, { recursive: true });
  const worker = join(folder, "lambda-coverage/worker.cjs");
  writeFileSync(worker, `${fault}\n${readFileSync(worker, "utf8")}`);
  return folder;
}

const onFirstTake = (fault: string): string =>
  `require("node:worker_threads").parentPort.on("message", ({ kind }) => { if (kind === "taken") { ${fault} } });`;

const spin = "for (;;) ;";
const exhaust = "const hoard = []; for (;;) hoard.push(new Array(1e6).fill({}));";

describe.each(runtimes)("$runtime", (row) => {
  test.each([
    ["dies at its start", "process.exit(3);"],
    ["throws at its start", 'throw new Error("broken worker");'],
    ["hangs at its start", spin],
    ["runs out of memory at its start", exhaust],
    ["dies at the first take", onFirstTake("process.exit(3);")],
    ["throws at the first take", onFirstTake('throw new Error("broken worker");')],
    ["hangs at the first take", onFirstTake(spin)],
    ["runs out of memory at the first take", onFirstTake(exhaust)],
  ])("%s", async (_, fault) => {
    const layers = [faultyLayer(fault)];
    const name = await host.layered({
      code,
      handler: "index.handler",
      layers,
      timeoutSeconds: 3,
      memoryMb: 512,
      ...row,
    });
    const results = [];
    for (let call = 0; call < 4; call++) results.push(await host.lambda.invoke(name, { way: "return" }));
    expect(results.map(({ payload }) => payload)).toEqual(Array(4).fill('"done"'));
    expect(results.some(({ timedOut }) => timedOut)).toBe(false);
    expect(new Set(results.map(({ sandboxId }) => sandboxId)).size).toBe(1);
    const lines = await host.layerLines(name);
    expect(lines.map((line) => line.error_type)).toEqual(["WorkerDied"]);
    const error = await host.lambda.invoke(name, { way: "throw" });
    expect(JSON.parse(error.payload)).toMatchObject({ errorType: "TypeError", errorMessage: "thrown" });
  });

  test("boots late while S3 hangs: the first invocation's coverage comes with the next", async () => {
    const layers = [faultyLayer("Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 900);")];
    const name = await host.layered({ code, handler: "index.handler", layers, timeoutSeconds: 10, ...row });
    await host.s3.setFaults({ faults: [{ kind: "hang" }] });
    const { heldMs } = await host.lambda.invoke(name, { way: "return" });
    await host.s3.setFaults();
    expect(heldMs).toBeLessThan(3_000);
    await host.lambda.invoke(name, { way: "return" });
    expect(await host.coverageFiles(name)).toHaveLength(2);
    expect((await host.layerLines(name)).map((line) => line.error_type)).not.toContain("WorkerDied");
  });
});
