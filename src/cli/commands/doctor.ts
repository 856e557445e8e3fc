/** `lambda-coverage doctor`: what keeps a function's coverage from arriving. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Command } from "commander";
import pc from "picocolors";
import type { Clients } from "../../doctor/examine-deployed.ts";
import type { ExaminedFunction } from "../../doctor/examine-template.ts";
import type { Finding, Severity } from "../../doctor/finding.ts";
import type { PackageFiles } from "../../probe-package/index.ts";
import { CliError } from "../cli-error.ts";
import { addExamples } from "../examples.ts";
import { exitCodes } from "../exit-codes.ts";
import { type Output, processTerminal } from "../terminal.ts";
import { homeRegion } from "./layer-options.ts";

interface DoctorFlags {
  template?: string;
  region?: string;
  json?: true;
}

export function doctorCommand(): Command {
  const command = new Command("doctor")
    .summary("say what keeps a function's coverage from arriving")
    .description(
      "Read a deployed function's configuration, or a CloudFormation or SAM template, and say what keeps coverage from " +
        "arriving, each with its fix. Exit 1 when there is a problem.",
    )
    .argument("[function]", "name or ARN; with --template the logical id of one function (default: all)")
    .option("--template <file>", "look at a template (JSON or YAML) instead of a deployed function")
    .option("--region <region>", "the function's region (default: AWS_REGION)")
    .option("--json", "print the findings as JSON");
  addExamples(command, [
    { what: "a deployed function", command: "lambda-coverage doctor orders --region eu-west-1" },
    {
      what: "what the CDK synthesised",
      command: "lambda-coverage doctor --template cdk.out/MyStack.template.json",
    },
  ]);
  return command.action(async (name: string | undefined, flags: DoctorFlags) => {
    process.exitCode = await examine(name, flags);
  });
}

async function examine(name: string | undefined, flags: DoctorFlags): Promise<number> {
  const examined =
    flags.template === undefined ? await deployed(name, flags) : await template(name, flags.template);
  const { out } = processTerminal();
  if (flags.json === true) out.write(`${JSON.stringify({ functions: examined }, null, 2)}\n`);
  else for (const fn of examined) print(fn, out);
  const isIll = examined.some((fn) => fn.findings.some((finding) => finding.severity === "problem"));
  return isIll ? exitCodes.failed.code : exitCodes.ok.code;
}

async function deployed(name: string | undefined, flags: DoctorFlags): Promise<ExaminedFunction[]> {
  if (name === undefined) {
    const remedy = "Give its name: lambda-coverage doctor <function>. Or a template: --template <file>.";
    throw new CliError("NoFunction", "Which function?", { remedy, exit: "usage" });
  }
  const { examineDeployed } = await import("../../doctor/examine-deployed.ts");
  const clients = await makeClients(flags.region ?? homeRegion());
  try {
    return [{ logicalId: name, findings: await examineDeployed(clients, name, new Date()) }];
  } catch (error) {
    throw unreadable(name, flags.region ?? homeRegion(), error as Error);
  }
}

function unreadable(name: string, region: string, cause: Error): CliError {
  const isGone = cause.name === "ResourceNotFoundException";
  const message = isGone
    ? `There is no function ${name} in ${region}.`
    : `${name} could not be read: ${cause.message}`;
  const remedy = isGone
    ? "Check the name, and the region with --region."
    : "Set AWS credentials that may lambda:GetFunctionConfiguration.";
  return new CliError(isGone ? "NoSuchFunction" : "FunctionUnreadable", message, { remedy, cause });
}

async function makeClients(region: string): Promise<Clients> {
  const { LambdaClient } = await import("@aws-sdk/client-lambda");
  const { S3Client } = await import("@aws-sdk/client-s3");
  const { IAMClient } = await import("@aws-sdk/client-iam");
  return {
    lambda: new LambdaClient({ region }),
    s3: new S3Client({ region, followRegionRedirects: true, ...pathStyle() }),
    iam: new IAMClient({ region }),
    ec2: async () => {
      const ec2 = await import("@aws-sdk/client-ec2").catch(() => undefined);
      return ec2 === undefined ? undefined : new ec2.EC2Client({ region });
    },
  };
}

/** A local endpoint has no host name for each bucket. */
function pathStyle(env: NodeJS.ProcessEnv = process.env): { forcePathStyle?: boolean } {
  return env.AWS_ENDPOINT_URL_S3 || env.AWS_ENDPOINT_URL ? { forcePathStyle: true } : {};
}

async function template(logicalId: string | undefined, file: string): Promise<ExaminedFunction[]> {
  const { examineTemplate } = await import("../../doctor/examine-template.ts");
  const packageAt = (path: string) => packageFiles(resolve(dirname(file), path));
  const examined = await examineTemplate(readFileSync(file, "utf8"), { logicalId, packageAt });
  if (examined.length > 0) return examined;
  const what = logicalId === undefined ? "has no Lambda function" : `has no Lambda function ${logicalId}`;
  throw new CliError("NoFunction", `${file} ${what}.`, {
    remedy: "Give a synthesised template.",
    exit: "usage",
  });
}

/** Undefined: it is not here, as when the template came from elsewhere. */
async function packageFiles(path: string): Promise<PackageFiles | undefined> {
  if (!existsSync(path)) return undefined;
  const { filesOfFolder, filesOfZip } = await import("../../probe-package/index.ts");
  return statSync(path).isDirectory() ? filesOfFolder(path) : filesOfZip(readFileSync(path));
}

const marks: Record<Severity, string> = { problem: "✗", warning: "!", fine: "✓", unchecked: "?" };

function print({ logicalId, findings }: ExaminedFunction, out: Output): void {
  const colours = pc.createColors(out.colour);
  const paint = {
    problem: colours.red,
    warning: colours.yellow,
    fine: colours.green,
    unchecked: colours.dim,
  };
  out.write(`${colours.bold(logicalId)}\n`);
  for (const { severity, message, fix, code } of sorted(findings)) {
    const text = severity === "unchecked" ? `not checked: ${message} (${fix})` : message;
    const tail = severity === "fine" || severity === "unchecked" ? "" : colours.dim(` [${code}]`);
    out.write(`  ${paint[severity](marks[severity])} ${text}${tail}\n`);
    if (fix !== undefined && severity !== "unchecked") out.write(`      ${fix}\n`);
  }
  out.write(`  ${verdict(findings)}\n`);
}

const order: Severity[] = ["problem", "warning", "unchecked", "fine"];

function sorted(findings: Finding[]): Finding[] {
  return [...findings].sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
}

function verdict(findings: Finding[]): string {
  const problems = findings.filter((finding) => finding.severity === "problem").length;
  if (findings.every((finding) => finding.severity === "unchecked")) return "Left out.";
  if (problems === 0) return "Nothing keeps coverage from arriving.";
  return `${problems === 1 ? "1 problem keeps" : `${problems} problems keep`} coverage from arriving.`;
}
