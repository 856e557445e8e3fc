/** A fresh global for one test, with what test262 expects of a host. */

import type { Context } from "node:vm";
import { constants, createContext, Script } from "node:vm";

export interface Realm {
  context: Context;
  /** What the test printed: how an asynchronous one says that it has ended. */
  printed: string[];
}

/** Files of test262's harness, compiled once. */
export type Harness = (name: string) => Script;

export function newRealm(includes: readonly string[], harness: Harness): Realm {
  const printed: string[] = [];
  const context = newContext((text) => printed.push(text));
  for (const name of includes) harness(name).runInContext(context);
  return { context, printed };
}

function newContext(print: (text: string) => void): Context {
  // An ordinary global: the usual one of node:vm intercepts every access.
  const context = createContext(constants.DONT_CONTEXTIFY as unknown as Context);
  const define = (name: string, value: unknown) =>
    Object.defineProperty(context, name, { value, writable: true, configurable: true, enumerable: false });
  define("print", print);
  define("$262", {
    global: context,
    createRealm: () => (newContext(print) as { $262: unknown }).$262,
    evalScript: (text: string) => new Script(text).runInContext(context),
    detachArrayBuffer: (buffer: ArrayBuffer) => structuredClone(buffer, { transfer: [buffer] }),
    gc: () => undefined,
  });
  return context;
}
