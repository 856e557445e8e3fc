/** Why a load test could not start or go on; printed by the command line with its remedy. */
export class LoadTestError extends Error {
  override readonly name = "LoadTestError";
  readonly code: string;
  readonly remedy: string;
  readonly exit: "usage" | "failed" | "interrupted";

  constructor(
    code: string,
    message: string,
    options: { remedy: string; exit?: LoadTestError["exit"]; cause?: unknown },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.remedy = options.remedy;
    this.exit = options.exit ?? "failed";
  }
}
