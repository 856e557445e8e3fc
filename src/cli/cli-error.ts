/** An error of the command line itself: a code, what happened, what to do, how to exit. */
import type { ExitName } from "./exit-codes.ts";

export class CliError extends Error {
  override readonly name = "CliError";
  readonly code: string;
  readonly remedy: string;
  readonly exit: ExitName;

  constructor(code: string, message: string, options: { remedy: string; exit?: ExitName; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.remedy = options.remedy;
    this.exit = options.exit ?? "failed";
  }
}
