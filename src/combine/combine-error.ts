import type { CombineResult } from "./result.ts";

/** Combining cannot give a true result. Per-file trouble is no error: it is skipped, counted and listed. */
export type CombineErrorCode =
  /** Nothing to combine under the prefix. */
  | "NoCoverageFiles"
  /** Coverage files, but no code that can be reported. */
  | "NoMappedCode"
  /** `strict`: a file was skipped. */
  | "SkippedFile";

export class CombineError extends Error {
  override readonly name = "CombineError";
  readonly code: CombineErrorCode;
  /** One sentence: what to do about it. */
  readonly remedy: string;
  /** Private: an error that is printed must not print a report. */
  readonly #result: CombineResult | undefined;

  constructor(code: CombineErrorCode, message: string, remedy: string, result?: CombineResult) {
    super(message);
    this.code = code;
    this.remedy = remedy;
    this.#result = result;
  }

  /** `NoMappedCode`: what was found nevertheless. */
  get result(): CombineResult | undefined {
    return this.#result;
  }
}
