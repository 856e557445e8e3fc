/** What the doctor looks at: a function's configuration, from Lambda's API or from a template. */
export interface FunctionFacts {
  name: string;
  /** Undefined for a container image. */
  runtime?: string;
  layers: LayerFacts[];
  /** `undefined` as a value: set, but not known before deployment. */
  environment: Record<string, string | undefined>;
  timeoutSeconds: number;
  isImage: boolean;
  isDurable: boolean;
  isManagedInstances: boolean;
  isSnapStart: boolean;
  inVpc: boolean;
  region?: string;
}

export interface LayerFacts {
  /** The version's ARN; in a template also a reference, as text. */
  arn: string;
  /** As published; undefined where it could not be read, or in a template. */
  description?: string;
}

/** What was found out about the surroundings; undefined: could not be found out, with the reason beside it. */
export interface Surroundings {
  bucket?: BucketFacts;
  permissions?: Permission[];
  /** Whether the function's subnets lead to S3. */
  hasRouteToS3?: boolean;
  /** Coverage files of this function under today's (UTC) and yesterday's prefix. */
  recentFiles?: number;
  /** How long the newest file's invocations kept the main thread busy by V8's block counters, ms each. */
  busyMs?: number;
  /** What could not be checked, and why. */
  unchecked: Unchecked[];
}

export interface Unchecked {
  what: string;
  why: string;
}

export interface BucketFacts {
  exists: boolean;
  region?: string;
}

export interface Permission {
  action: string;
  resource: string;
  isAllowed: boolean;
}

/** The variables whose values are known before deployment. */
export function known(environment: FunctionFacts["environment"]): Record<string, string> {
  const entries = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return Object.fromEntries(entries);
}
