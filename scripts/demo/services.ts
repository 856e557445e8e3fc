import { existsSync } from "node:fs";
import { join } from "node:path";
import { flows } from "../../examples/orders/events.ts";
import {
  type LocalFunctionConfig,
  type LocalLambda,
  type LocalS3,
  startLocalLambda,
} from "../../src/local/index.ts";
import { pythonAtHand, runLoyalty } from "./loyalty-service.ts";
import { folder, layerZip, pythonLayerZip, root } from "./places.ts";
import { type Answer, runFlows } from "./run-flows.ts";
import { step } from "./steps.ts";

const coverage = { AWS_LAMBDA_EXEC_WRAPPER: "/opt/coverage-wrapper", COVERAGE_S3_BUCKET: "demo-coverage" };
const environments = 3;

/** Resolves to the answers of the order service, and how many requests the Python service answered. */
export async function runServices(s3: LocalS3): Promise<{ answers: Answer[]; others: number }> {
  const lambda = await startLocalLambda({ s3 });
  try {
    await step("start local Lambda", async () => {
      await lambda.createFunction(ordersFunction());
      return { value: undefined, done: "function orders on nodejs24.x, with the layer" };
    });
    const answers = await step("send requests", (progress) => sendRequests(lambda, progress));
    return { answers, others: await runPython(lambda) };
  } finally {
    await lambda.stop();
  }
}

async function sendRequests(lambda: LocalLambda, progress: (text: string) => void) {
  const total = flows.reduce((sum, flow) => sum + flow.steps.length, 0);
  const invoke = (event: unknown) => lambda.invoke("orders", event);
  const answers = await runFlows(flows, environments, invoke, (count) => progress(`${count} of ${total}`));
  const sandboxes = new Set(answers.map((answer) => answer.result.sandboxId)).size;
  return { value: answers, done: `${total} answered as expected, in ${sandboxes} execution environments` };
}

/** Building the Python layer fetches a dozen wheels: longer than all the rest of the demo, so it is not done here. */
async function runPython(lambda: LocalLambda): Promise<number> {
  return step("a Python service", async () => {
    if (!existsSync(pythonLayerZip))
      return { value: 0, done: "left out; after `make build-python` it joins in" };
    const runtime = await pythonAtHand();
    if (runtime === undefined) return { value: 0, done: "left out: no python3.9 or later with pip here" };
    const answered = await runLoyalty(lambda, root, runtime, pythonLayerZip, coverage);
    return {
      value: answered,
      done: `examples/python/loyalty on ${runtime}, ${answered} answered as expected`,
    };
  });
}

function ordersFunction(): LocalFunctionConfig {
  return {
    name: "orders",
    runtime: "nodejs24.x",
    code: join(folder, "orders"),
    handler: "index.handler",
    layers: [layerZip],
    timeoutSeconds: 10,
    memoryMb: 512,
    environment: { ...coverage, ORDERS_BUCKET: "demo-orders" },
  };
}
