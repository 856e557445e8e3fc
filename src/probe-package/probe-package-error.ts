/** Why a package cannot be probed, checked or written: what happened, what to do. */
export class ProbePackageError extends Error {
  override readonly name = "ProbePackageError";
  /** An anchor in docs/errors.md. */
  readonly code: string;
  readonly remedy: string;

  constructor(code: string, message: string, remedy: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.remedy = remedy;
  }
}

/** What the system said, by its code: `EACCES`. */
export function systemCode(error: unknown): string | undefined {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return typeof code === "string" ? code : undefined;
}
