/** Why a text has no probed copy: the original runs as it is, and its coverage is unknown. */
export type ProberErrorCode =
  /** Neither acorn nor, then, V8 of that kind takes it. */
  | "DoesNotParse"
  /** Its expressions are nested deeper than the stack. */
  | "NestedTooDeeply"
  /** Istanbul's counters are in it. */
  | "InstrumentedByIstanbul"
  /** It is a copy already. */
  | "AlreadyProbed";

export class ProberError extends Error {
  override readonly name = "ProberError";
  readonly code: ProberErrorCode;
  /** One sentence: what to do about it. */
  readonly remedy: string;

  constructor(code: ProberErrorCode, message: string, remedy: string) {
    super(message);
    this.code = code;
    this.remedy = remedy;
  }
}
