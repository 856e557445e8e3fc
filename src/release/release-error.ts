/** A release step that cannot go on: code, what happened, what to do. */
export class ReleaseError extends Error {
  override readonly name = "ReleaseError";
  /** An anchor in docs/errors.md. */
  readonly code: string;
  readonly remedy: string;

  constructor(code: string, message: string, remedy: string) {
    super(message);
    this.code = code;
    this.remedy = remedy;
  }
}
