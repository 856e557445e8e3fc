/** What tests and tools say to the S3-protocol server, and what it tells them. */

export interface S3PolicyStatement {
  /** e.g. `s3:PutObject`, `s3:*`. */
  actions: string[];
  /** `bucket` or `bucket/key`, `*` and `?` as in IAM; the prefix `arn:aws:s3:::` may be there. */
  resources: string[];
  /**
   * As IAM writes them, all must hold: `Null` and `Bool` over `s3:if-none-match`, `s3:if-match`,
   * `s3:ObjectCreationOperation` and `aws:SecureTransport`. Others are refused, with an error, when they are judged.
   */
  conditions?: Record<string, Record<string, string>>;
}

/**
 * Grants by action and resource; all that no grant names is denied, and what a denial names whatever is granted, as in
 * IAM. No policy: all is allowed.
 */
export interface S3Policy {
  allow: S3PolicyStatement[];
  deny?: S3PolicyStatement[];
}

export interface AccessKey {
  accessKeyId: string;
  secretAccessKey: string;
  /** With it, every request must carry this very token. */
  sessionToken?: string;
  /** Wall clock in ms; from then on requests get ExpiredToken. */
  expiresAt?: number;
  /** Replaces the server's policy for this key. */
  policy?: S3Policy;
}

export type FaultKind =
  /** The connection is reset as soon as the request's headers are there, without an answer. */
  | "refuse"
  /** Reset after `afterBytes` of the request's body (default 1), or of the response's body for a GET. */
  | "reset"
  /** The request is read, and never answered. */
  | "hang"
  /** The answer comes as usual, one byte every `delayMs` (default 50). */
  | "drip"
  /** The answer comes as usual, after `delayMs` (default 1000). */
  | "delay"
  | "AuthorizationHeaderMalformed"
  | "InternalError"
  | "SlowDown"
  | "AccessDenied"
  | "NoSuchBucket"
  /** 301 with the bucket's region, and where the second listener is. */
  | "PermanentRedirect"
  /** 307 with a Location on the second listener. */
  | "TemporaryRedirect"
  | "ConditionalRequestConflict"
  | "PreconditionFailed"
  | "ExpiredToken"
  | "InvalidAccessKeyId"
  | "RequestTimeTooSkewed";

export interface Fault {
  kind: FaultKind;
  /** Default: every request to the first listener. `key` is a glob over `bucket/key`. */
  match?: { method?: string; key?: string };
  /** Lets so many matching requests pass first. Default 0. */
  after?: number;
  /** Hits at most so many requests. Default: all. */
  times?: number;
  /** Share of the matching requests that it hits, by the plan's seed. Default 1. */
  probability?: number;
  delayMs?: number;
  afterBytes?: number;
  /** The request is carried out before the fault strikes: stored, but the client never hears of it. */
  afterEffect?: boolean;
}

/** The first fault that hits a request counts. The same seed and the same requests give the same faults. */
export interface FaultPlan {
  seed?: number;
  faults: Fault[];
  /** No process listens at all: connections are refused by the kernel. */
  notListening?: boolean;
}

export interface S3Request {
  /** Monotonic ms at which the request's headers were there. */
  at: number;
  /** Monotonic ms at which the answer was out, or the connection ended; not there while it lasts. */
  endedAt?: number;
  method: string;
  /** e.g. `PutObject`. */
  operation: string;
  bucket: string;
  key: string;
  /** Raw query string, without `?`. */
  query: string;
  /** Undefined where no answer was sent. */
  status?: number;
  /** S3's error code of the answer. */
  errorCode?: string;
  /** What the fault plan did to it. */
  fault?: FaultKind;
  /** Of the claimed signature, whether or not it was right. */
  accessKeyId?: string;
  requestBytes: number;
  responseBytes: number;
  userAgent: string;
  /** The client's port: equal numbers share a connection. */
  remotePort: number;
  region: string;
}

export interface LocalS3Options {
  /** Default: a free one. */
  port?: number;
  buckets?: string[];
  accessKeyId?: string;
  secretAccessKey?: string;
  /** Further keys beside the main one. */
  accessKeys?: AccessKey[];
  /** Default us-east-1. */
  region?: string;
  /** Region of the second listener, the one redirects lead to. Default eu-central-1. */
  otherRegion?: string;
  /** Objects are kept as files here; default: in memory. */
  directory?: string;
  policy?: S3Policy;
  faults?: FaultPlan;
  /** How long an idle connection is kept. Default 20 s, about what S3 does. */
  keepAliveTimeoutMs?: number;
}

export interface LocalS3 {
  endpoint: string;
  region: string;
  /** The second listener: same objects, another region. */
  otherEndpoint: string;
  otherRegion: string;
  accessKeyId: string;
  secretAccessKey: string;
  pid: number;
  /** All requests so far, in the order in which their headers arrived. */
  requests(): Promise<S3Request[]>;
  clearRequests(): Promise<void>;
  setFaults(plan?: FaultPlan): Promise<void>;
  setPolicy(policy?: S3Policy): Promise<void>;
  /** Replaces all keys. */
  setAccessKeys(keys: AccessKey[]): Promise<void>;
  /** The server's clock is so many ms ahead of the machine's. */
  setClockOffset(ms: number): Promise<void>;
  stop(): Promise<void>;
}
