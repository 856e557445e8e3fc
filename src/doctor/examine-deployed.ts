import type { EC2Client } from "@aws-sdk/client-ec2";
import type { IAMClient } from "@aws-sdk/client-iam";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import type { S3Client } from "@aws-sdk/client-s3";
import { readSettings } from "../contract/settings.ts";
import { filesOfZip } from "../probe-package/index.ts";
import { checkFunction } from "./check-function.ts";
import { checkProbes } from "./check-probes.ts";
import { checkSurroundings } from "./check-surroundings.ts";
import { type Deployed, downloadPackage, readDeployed } from "./deployed-function.ts";
import type { Finding } from "./finding.ts";
import type { Surroundings } from "./function-facts.ts";
import { busyMsOf, listRecentFiles, lookAtBucket } from "./look-at-bucket.ts";
import { lookAtPermissions } from "./look-at-permissions.ts";
import { hasRouteToS3 } from "./look-at-vpc.ts";
import { neededPermissions } from "./needed-permissions.ts";

export interface Clients {
  lambda: LambdaClient;
  s3: S3Client;
  iam: IAMClient;
  /** Undefined where its package is not installed; asked only for functions in a VPC. */
  ec2(): Promise<EC2Client | undefined>;
}

/** Reads a deployed function and its surroundings. What may not be looked at is a finding, not an error. */
export async function examineDeployed(clients: Clients, name: string, now: Date): Promise<Finding[]> {
  const deployed = await readDeployed(clients.lambda, name);
  const findings = checkFunction(deployed.facts);
  if (findings.length === 1) return findings;
  const found = await lookAround(clients, deployed, now);
  const probes: Finding[] = [];
  if (deployed.facts.runtime?.startsWith("nodejs") === true) {
    await attempt(found, "whether its probed copies fit", async () => {
      const files = await filesOfZip(await downloadPackage(clients.lambda, name));
      probes.push(...checkProbes(deployed.facts, files));
    });
  }
  return [...findings, ...probes, ...checkSurroundings(deployed.facts, found)];
}

async function lookAround(clients: Clients, deployed: Deployed, now: Date): Promise<Surroundings> {
  const { facts, roleArn } = deployed;
  const { settings } = readSettings(facts.environment);
  const found: Surroundings = { unchecked: [] };
  const bucket = settings.s3Bucket;
  if (bucket !== undefined) {
    await attempt(found, "the bucket", async () => {
      found.bucket = await lookAtBucket(clients.s3, bucket);
    });
    await attempt(found, "whether the role may store coverage", async () => {
      if (roleArn === undefined) return;
      found.permissions = await lookAtPermissions(clients.iam, roleArn, neededPermissions(facts, bucket));
    });
    if (found.bucket?.exists !== false) {
      await attempt(found, "whether coverage files arrive", async () => {
        const files = { bucket, prefix: settings.s3Prefix, functionName: facts.name, now };
        const { count, newest } = await listRecentFiles(clients.s3, files);
        found.recentFiles = count;
        if (newest !== undefined) found.busyMs = await busyMsOf(clients.s3, bucket, newest);
      });
    }
  }
  if (facts.inVpc) {
    await attempt(found, "whether the VPC leads to S3", async () => {
      const ec2 = await clients.ec2();
      if (ec2 === undefined)
        throw new Error("install @aws-sdk/client-ec2 beside lambda-coverage-layer for this check");
      found.hasRouteToS3 = await hasRouteToS3(ec2, deployed.vpcId ?? "", deployed.subnetIds);
    });
  }
  return found;
}

/** One look; a refusal is kept with what AWS says, which names the action to allow. */
async function attempt(found: Surroundings, what: string, look: () => Promise<void>): Promise<void> {
  try {
    await look();
  } catch (error) {
    const { name, message } = error as Error;
    found.unchecked.push({ what, why: name === "Error" ? message : `${name}: ${message}` });
  }
}
