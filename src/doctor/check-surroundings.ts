import { type Finding, fine, problem, warning } from "./finding.ts";
import type { FunctionFacts, Permission, Surroundings } from "./function-facts.ts";

/** Bucket, permissions, network, and whether files arrive. */
export function checkSurroundings(facts: FunctionFacts, found: Surroundings): Finding[] {
  return [
    ...checkBucket(facts, found),
    ...checkPermissions(found.permissions),
    ...checkRoute(facts, found),
    ...checkArrival(found),
    ...checkBusy(found),
    ...found.unchecked.map(
      ({ what, why }): Finding => ({ code: "unchecked", severity: "unchecked", message: what, fix: why }),
    ),
  ];
}

function checkBucket({ environment, region }: FunctionFacts, { bucket }: Surroundings): Finding[] {
  if (bucket === undefined) return [];
  const name = environment.COVERAGE_S3_BUCKET;
  if (!bucket.exists) {
    return [
      problem("NoSuchBucket", `There is no bucket ${name}.`, "Create it, or correct COVERAGE_S3_BUCKET."),
    ];
  }
  if (bucket.region !== undefined && region !== undefined && bucket.region !== region) {
    const message = `The bucket ${name} is in ${bucket.region}, the function in ${region}: each upload crosses regions.`;
    const fix =
      "It works, with a redirect, transfer costs and not through an S3 gateway endpoint; better use a bucket in the " +
      "function's region.";
    return [warning("BucketRegion", message, fix)];
  }
  return [fine("bucket", `bucket ${name}${bucket.region === undefined ? "" : ` in ${bucket.region}`}`)];
}

function checkPermissions(permissions: Permission[] | undefined): Finding[] {
  if (permissions === undefined) return [];
  const denied = permissions.filter((it) => !it.isAllowed);
  if (denied.length === 0) return [fine("permissions", "the role may put coverage files and script files")];
  const puts = denied.filter((it) => it.action !== "s3:GetObject");
  const findings: Finding[] = [];
  if (puts.length > 0) {
    const what = puts.map((it) => `${it.action} on ${it.resource}`).join(", ");
    findings.push(
      problem("NoPermission", `The role may not ${what}.`, `Add to the role: ${statement(puts)}`),
    );
  }
  if (denied.length > puts.length) {
    const gets = denied.filter((it) => it.action === "s3:GetObject");
    const message = `The role may not s3:GetObject on ${gets.map((it) => it.resource).join(", ")}: each environment sends its sources again.`;
    findings.push(warning("NoGetPermission", message, `Add to the role: ${statement(gets)}`));
  }
  return findings;
}

function statement(permissions: Permission[]): string {
  const actions = [...new Set(permissions.map((it) => it.action))];
  const resources = [...new Set(permissions.map((it) => it.resource))];
  return JSON.stringify({ Effect: "Allow", Action: actions, Resource: resources });
}

function checkRoute({ inVpc }: FunctionFacts, { hasRouteToS3 }: Surroundings): Finding[] {
  if (!inVpc || hasRouteToS3 === undefined) return [];
  if (hasRouteToS3) return [fine("vpc", "the VPC has a way to S3")];
  const fix =
    "Add an S3 gateway endpoint to the route tables of the function's subnets (no charge): " +
    "aws ec2 create-vpc-endpoint --vpc-id <vpc> --service-name com.amazonaws.<region>.s3 --route-table-ids <tables>";
  return [
    problem(
      "VpcWithoutS3",
      "The function's subnets lead neither to an S3 endpoint nor to a NAT gateway.",
      fix,
    ),
  ];
}

/** From here on the agent says it in the function's log, too. */
const busyMs = 100;

function checkBusy({ busyMs: found = 0 }: Surroundings): Finding[] {
  if (found < busyMs) return [];
  const message = `The handler computes for ${Math.round(found)} ms a call: V8's block counters slow such code down.`;
  return [
    warning(
      "BusyHandler",
      message,
      "Probe the package (lambda-coverage probe), or set COVERAGE_GRANULARITY=function where functions are enough.",
    ),
  ];
}

function checkArrival({ recentFiles }: Surroundings): Finding[] {
  if (recentFiles === undefined) return [];
  if (recentFiles > 0) return [fine("arriving", `${recentFiles} coverage files since yesterday`)];
  const fix = 'Invoke it once, then look for lines with "source":"lambda-coverage" in its log.';
  return [warning("NothingArrived", "No coverage file of this function since yesterday.", fix)];
}
