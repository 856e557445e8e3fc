/** The one hidden name on `globalThis`: the worker's inspector session and the package's face find the agent by it. */
export const agentSymbol = Symbol.for("lambda-coverage");
/** The same, as an expression for `Runtime.evaluate`. */
export const agentExpression = 'globalThis[Symbol.for("lambda-coverage")]';
