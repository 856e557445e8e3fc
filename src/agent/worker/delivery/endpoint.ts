/**
 * Where a bucket is reached, by the SDK's rules for the parts that a put needs.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 * https://docs.aws.amazon.com/general/latest/gr/s3.html
 */
import contract from "../../../contract/delivery.json" with { type: "json" };

export type Environment = Record<string, string | undefined>;

export interface BucketEndpoint {
  protocol: "http:" | "https:";
  hostname: string;
  /** Undefined: the protocol's own. */
  port: number | undefined;
  /** What comes before the key in the path: `/` or `/bucket/`, after a custom endpoint's own path. */
  pathPrefix: string;
  /** Set by AWS_ENDPOINT_URL(_S3): the region then only signs, it moves no host. */
  custom: boolean;
}

export const defaultRegion = "us-east-1";

export function resolveEndpoint(bucket: string, region: string, env: Environment): BucketEndpoint {
  const custom = customEndpoint(env);
  return custom === undefined ? regionalEndpoint(bucket, region, env) : customBucketEndpoint(bucket, custom);
}

/** The `host` header: port only where it is not the protocol's own. */
export function hostHeader(endpoint: BucketEndpoint): string {
  return endpoint.port === undefined ? endpoint.hostname : `${endpoint.hostname}:${endpoint.port}`;
}

function customEndpoint(env: Environment): string | undefined {
  if (env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS === "true") return undefined;
  return env.AWS_ENDPOINT_URL_S3 || env.AWS_ENDPOINT_URL || undefined;
}

/** Path style: a custom host seldom resolves bucket names before it. */
function customBucketEndpoint(bucket: string, text: string): BucketEndpoint {
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new Error(`endpoint ${text} is neither http nor https`);
  }
  return {
    protocol: url.protocol,
    hostname: url.hostname,
    port: url.port === "" ? undefined : Number(url.port),
    pathPrefix: `${url.pathname.replace(/\/+$/, "")}/${bucket}/`,
    custom: true,
  };
}

function regionalEndpoint(bucket: string, region: string, env: Environment): BucketEndpoint {
  const service = env.AWS_USE_FIPS_ENDPOINT === "true" ? "s3-fips" : "s3";
  const stack = env.AWS_USE_DUALSTACK_ENDPOINT === "true" ? ".dualstack" : "";
  const host = `${service}${stack}.${region}.${partitionOf(region).suffix}`;
  // A dotted bucket name is not covered by the wildcard certificate of virtual hosts.
  const pathStyle = bucket.includes(".");
  return {
    protocol: "https:",
    hostname: pathStyle ? host : `${bucket}.${host}`,
    port: undefined,
    pathPrefix: pathStyle ? `/${bucket}/` : "/",
    custom: false,
  };
}

/** https://github.com/aws/aws-sdk-js-v3 packages/util-endpoints: partitions.json */
export function partitionOf(region: string): { suffix: string; arn: string } {
  // The last one's regions begin with anything.
  const [, suffix, arn] = partitions.find(([start]) => region.startsWith(start)) as Partition;
  return { suffix, arn };
}

type Partition = [regionsBeginWith: string, suffix: string, arn: string];
const partitions = contract.partitions as Partition[];

/**
 * The endpoint that a 307's Location names, or undefined where it must not be followed: a redirect leads
 * within AWS, or stays on the custom endpoint's own host.
 */
export function redirectedEndpoint(from: BucketEndpoint, location: string): BucketEndpoint | undefined {
  let url: URL;
  try {
    url = new URL(location, `${from.protocol}//${hostHeader(from)}`);
  } catch {
    return undefined;
  }
  const sameHost = url.hostname === from.hostname;
  const withinAws =
    url.protocol === "https:" && partitions.some(([, suffix]) => url.hostname.endsWith(`.${suffix}`));
  if (!withinAws && !(sameHost && url.protocol === from.protocol)) return undefined;
  const bucket = from.pathPrefix.split("/").at(-2) ?? "";
  const pathStyle = bucket !== "" && url.pathname.startsWith(`/${bucket}/`);
  return {
    protocol: url.protocol as BucketEndpoint["protocol"],
    hostname: url.hostname,
    port: url.port === "" ? undefined : Number(url.port),
    pathPrefix: sameHost ? from.pathPrefix : pathStyle ? `/${bucket}/` : "/",
    custom: from.custom,
  };
}
