/** What the local Lambda cannot do, with a code that docs/errors.md explains. */
export class LocalError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = "LocalError";
    this.code = code;
  }
}
