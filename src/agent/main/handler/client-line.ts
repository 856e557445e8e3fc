/**
 * Which line of the runtime client runs us. Line 3 (nodejs22.x and before: callbacks, `require`) keeps a
 * listener for an empty event loop under this symbol before it loads the handler; line 4 has none.
 */
export type ClientLine = 3 | 4;

const line3Symbol = Symbol.for("aws.lambda.beforeExit");

export function detectClientLine(): ClientLine {
  return line3Symbol in globalThis ? 3 : 4;
}
