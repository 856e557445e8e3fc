import { fileURLToPath } from "node:url";
import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { Code, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { functionRole } from "../src/cdk/function-role.ts";
import { bundleFolder } from "./bundle-folder.ts";
import type { DeployedFunction, DeployedPythonFunction } from "./functions.ts";

/** One row of functions.ts as a function with its own log group and role. */
export function deployFunction(scope: Construct, row: DeployedFunction): LambdaFunction {
  return new LambdaFunction(scope, row.id, {
    ...common(scope, row.id),
    runtime: Runtime.NODEJS_24_X,
    code: Code.fromAsset(bundleFolder(row.entry)),
    handler: row.handler,
    environment: { NODE_OPTIONS: "--enable-source-maps", ...row.environment },
  });
}

export function deployPythonFunction(scope: Construct, row: DeployedPythonFunction): LambdaFunction {
  const folder = fileURLToPath(new URL(`../${row.folder}`, import.meta.url));
  return new LambdaFunction(scope, row.id, {
    ...common(scope, row.id),
    runtime: Runtime.PYTHON_3_14,
    code: Code.fromAsset(folder, { exclude: ["*.ts", "*.md", "__pycache__"] }),
    handler: row.handler,
  });
}

function common(scope: Construct, id: string) {
  const parts = new Construct(scope, `${id}Parts`);
  const logGroup = new LogGroup(parts, "Logs", {
    retention: RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  return {
    role: functionRole(parts, "Role", logGroup),
    logGroup,
    memorySize: 256,
    timeout: Duration.seconds(10),
  };
}
