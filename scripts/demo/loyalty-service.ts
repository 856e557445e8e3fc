import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { loyaltyRequests } from "../../examples/python/loyalty/events.ts";
import { layerRuntimes } from "../../src/contract/runtimes.ts";
import type { LocalLambda } from "../../src/local/index.ts";
import { pythonInterpreter } from "../../src/local/lambda/python-interpreter.ts";

const run = promisify(execFile);

/** The newest of the layer's Python runtimes whose interpreter, with pip, is on this machine. */
export async function pythonAtHand(): Promise<`python3.${number}` | undefined> {
  for (const runtime of layerRuntimes.python.toReversed()) {
    const interpreter = await pythonInterpreter(runtime.slice("python".length)).catch(() => undefined);
    if (interpreter === undefined) continue;
    const hasPip = await run(interpreter.executable, ["-m", "pip", "--version"])
      .then(() => true)
      .catch(() => false);
    if (hasPip) return runtime as `python3.${number}`;
  }
  return undefined;
}

/** Creates the Python example's function and sends its requests; resolves to how many were answered as expected. */
export async function runLoyalty(
  lambda: LocalLambda,
  root: string,
  runtime: `python3.${number}`,
  layer: string,
  environment: Record<string, string>,
): Promise<number> {
  await lambda.createFunction({
    name: "loyalty",
    runtime,
    code: join(root, "examples", "python", "loyalty"),
    handler: "loyalty.handler",
    layers: [layer],
    timeoutSeconds: 10,
    environment,
  });
  for (const { event, answer } of loyaltyRequests) {
    const { payload } = await lambda.invoke("loyalty", event);
    const wanted = JSON.stringify(answer);
    if (JSON.stringify(JSON.parse(payload)) !== wanted) throw new Error(`loyalty: ${payload}, not ${wanted}`);
  }
  return loyaltyRequests.length;
}
