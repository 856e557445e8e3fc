/** The package's errors. `code` is an anchor in docs/errors.md: message, cause, remedy. */
export type ErrorDetails = Record<string, unknown>;

export interface CoverageErrorOptions {
  code?: string;
  details?: ErrorDetails;
  cause?: unknown;
}

/** Base of all errors that this package throws. */
export class CoverageError extends Error {
  override readonly name: string = "CoverageError";
  /** e.g. `BucketMissing`; see docs/errors.md. */
  readonly code: string;
  /** What it was about: key, bucket, setting, S3's error code. Never event data or credentials. */
  readonly details: ErrorDetails;

  constructor(message: string, options: CoverageErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code ?? "CoverageError";
    this.details = options.details ?? {};
  }

  toJSON(): { error_type: string; code: string; message: string; details: ErrorDetails } {
    return { error_type: this.name, code: this.code, message: this.message, details: this.details };
  }
}

/** Settings are missing or wrong, or coverage could not be started. */
export class CoverageInitializationError extends CoverageError {
  override readonly name = "CoverageInitializationError";
}

/** S3 did not take an object. `details.error_code` is S3's or Node's own code. */
export class S3UploadError extends CoverageError {
  override readonly name = "S3UploadError";
}

/** Coverage files could not be read, added up or reported. */
export class CoverageCombineError extends CoverageError {
  override readonly name = "CoverageCombineError";
}
