/** What went wrong with a store, in words that say what to do. `code` is S3's own where S3 has one. */
export type StoreErrorCode =
  | "NoSuchBucket"
  | "NoSuchKey"
  | "AccessDenied"
  | "ExpiredCredentials"
  | "NoCredentials"
  | "BadCredentials"
  | "ClockSkew"
  | "WrongRegion"
  | "Unreachable"
  | "InvalidLocation"
  | "InvalidKey"
  | "StoreFailed";

export interface StoreErrorOptions {
  /** The store's location, e.g. `s3://bucket`. */
  location: string;
  key?: string | undefined;
  /** One sentence: what to do about it. */
  remedy: string;
  /** The IAM action to allow, where a permission is missing. */
  action?: string | undefined;
  cause?: unknown;
}

export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly code: StoreErrorCode;
  readonly location: string;
  readonly key: string | undefined;
  readonly remedy: string;
  readonly action: string | undefined;

  constructor(code: StoreErrorCode, message: string, options: StoreErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.location = options.location;
    this.key = options.key;
    this.remedy = options.remedy;
    this.action = options.action;
  }
}
