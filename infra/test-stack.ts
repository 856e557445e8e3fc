/** `make test-deploy | test-status | test-all | test-destroy`: the testing stack on a real account. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { S3Client } from "@aws-sdk/client-s3";
import { testFunctions } from "./functions.ts";
import { smokeTest } from "./smoke-test.ts";

const stackName = "LambdaCoverageTestStack";
const actions: Record<string, (layerArn?: string) => Promise<void>> = { deploy, status, all, destroy };

async function deploy(layerArn?: string): Promise<void> {
  if (layerArn !== undefined && !/^arn:[^:]+:lambda:[^:]+:\d{12}:layer:[^:]+:\d+$/.test(layerArn)) {
    throw new Error(
      `${layerArn} is no layer version's ARN; make deploy prints it, and lambda-coverage layer list`,
    );
  }
  cdk(
    "deploy",
    stackName,
    "--require-approval",
    "never",
    ...(layerArn === undefined ? [] : ["-c", `layerArn=${layerArn}`]),
  );
}

async function status(): Promise<void> {
  const outputs = await outputsOf();
  if (outputs === undefined)
    console.log(`${stackName} is not deployed; make test-deploy LAYER_ARN=… deploys it`);
  else for (const [name, value] of Object.entries(outputs)) console.log(`${name}: ${value}`);
}

async function all(layerArn?: string): Promise<void> {
  await deploy(layerArn);
  const outputs = await outputsOf();
  if (outputs === undefined) throw new Error(`${stackName} has no outputs`);
  await smokeTest({
    lambda: new LambdaClient(),
    s3: new S3Client(),
    bucket: outputs.BucketName ?? "",
    functions: testFunctions.map((row) => ({ row, name: outputs[`${row.id}Name`] ?? row.id })),
    combiner: outputs.CombinerName ?? "",
    log: console.log,
  });
}

async function destroy(): Promise<void> {
  cdk("destroy", stackName, "--force");
  console.log(
    "The bucket stays, with its coverage; empty and delete it by hand when it is no longer needed.",
  );
}

/** Undefined where the stack is not deployed. */
async function outputsOf(): Promise<Record<string, string> | undefined> {
  try {
    const { Stacks } = await new CloudFormationClient().send(
      new DescribeStacksCommand({ StackName: stackName }),
    );
    return Object.fromEntries(
      (Stacks?.[0]?.Outputs ?? []).map((output) => [output.OutputKey, output.OutputValue ?? ""]),
    );
  } catch (error) {
    if (/does not exist/.test((error as Error).message)) return undefined;
    throw error;
  }
}

function cdk(...parameters: string[]): void {
  const { status: code } = spawnSync("cdk", parameters, {
    cwd: fileURLToPath(new URL(".", import.meta.url)),
    stdio: "inherit",
  });
  if (code !== 0) throw new Error(`cdk ${parameters[0]} failed`);
}

const [action = "", layerArn] = process.argv.slice(2);
const run = actions[action];
try {
  if (run === undefined) throw new Error(`usage: test-stack ${Object.keys(actions).join("|")} [layer ARN]`);
  await run(layerArn || undefined);
} catch (error) {
  console.error(`error: ${(error as Error).message}`);
  process.exitCode = 1;
}
