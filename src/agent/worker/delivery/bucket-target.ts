/** Where the bucket is and for which region to sign: as configured, or as S3 has told since. */
import {
  type BucketEndpoint,
  defaultRegion,
  type Environment,
  redirectedEndpoint,
  resolveEndpoint,
} from "./endpoint.ts";

export interface BucketTarget {
  current(): { region: string; endpoint: BucketEndpoint };
  /** What an answer told; false where it leads nowhere that may be followed. */
  learn(moved: { region?: string | undefined; location?: string | undefined }): boolean;
}

/** `env` is read at each use; what was learnt holds as long as its region and endpoints stay the same. */
export function createBucketTarget(bucket: string, env: Environment): BucketTarget {
  let configured: Configured | undefined;
  let region = defaultRegion;
  let endpoint: BucketEndpoint | undefined;

  const current = (): { region: string; endpoint: BucketEndpoint } => {
    const now = readConfigured(env);
    if (configured === undefined || now.some((value, at) => value !== configured?.[at])) {
      configured = now;
      region = now[0];
      endpoint = undefined;
    }
    endpoint ??= resolveEndpoint(bucket, region, env);
    return { region, endpoint };
  };
  return {
    current,
    learn(moved) {
      const from = current().endpoint;
      const redirected = moved.location === undefined ? undefined : redirectedEndpoint(from, moved.location);
      if (redirected === undefined && moved.region === undefined) return false;
      if (moved.region !== undefined) region = moved.region;
      endpoint = redirected ?? (from.custom ? from : undefined);
      return true;
    },
  };
}

type Configured = [region: string, s3Url: string | undefined, url: string | undefined];

function readConfigured(env: Environment): Configured {
  const region = env.AWS_REGION || env.AWS_DEFAULT_REGION || defaultRegion;
  return [region, env.AWS_ENDPOINT_URL_S3, env.AWS_ENDPOINT_URL];
}
