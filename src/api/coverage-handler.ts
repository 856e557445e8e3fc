/** Coverage of a whole handler, from user code. */
import { joinSession } from "./session.ts";

// biome-ignore lint/suspicious/noExplicitAny: any handler, so that its own parameters keep their types
type AnyHandler = (...args: any[]) => unknown;

/**
 * Wraps a Lambda handler: each invocation's coverage is taken after its response and stored by the agent's
 * own thread. Same function for the runtime: properties, arity, async-ness, results and errors are the
 * handler's. With the exec wrapper, which watches the handler already, it returns the handler itself; where
 * nothing can be collected, too.
 */
export function coverageHandler<T extends AnyHandler>(handler: T): T {
  return typeof handler === "function" ? joinSession().wrapHandler(handler) : handler;
}
