/** A function, bucket or setting that cannot work, found while the app is built. */
export class CoverageSetupError extends Error {
  /** An anchor in docs/errors.md. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = "CoverageSetupError";
    this.code = code;
  }
}
