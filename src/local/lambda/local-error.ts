/** What the local Lambda cannot do; the code is an anchor in docs/errors.md. */
export class LocalError extends Error {
  readonly code: string;
  readonly remedy: string;

  constructor(code: string, message: string, remedy: string) {
    super(message);
    this.name = "LocalError";
    this.code = code;
    this.remedy = remedy;
  }
}
