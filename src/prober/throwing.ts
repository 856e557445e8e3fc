/** What is known not to throw. Everything else may, so that a probe is not reused behind it. */
import type { BinaryExpression, Literal, Node, UnaryExpression } from "acorn";
import type { ModuleKind } from "../contract/probe-manifest.ts";

/** In every module, unless somebody deletes them. */
const globals = `undefined NaN Infinity globalThis global process console Buffer
  Object Function Array Number Boolean String Symbol BigInt Math JSON Date RegExp Promise Proxy Reflect Map Set WeakMap
  WeakSet WeakRef Error TypeError RangeError SyntaxError ReferenceError EvalError URIError AggregateError ArrayBuffer
  SharedArrayBuffer DataView Uint8Array Int8Array Uint8ClampedArray Uint16Array Int16Array Uint32Array Int32Array
  Float32Array Float64Array BigInt64Array BigUint64Array Atomics parseInt parseFloat isNaN isFinite encodeURIComponent
  decodeURIComponent encodeURI decodeURI escape unescape eval setTimeout clearTimeout setInterval clearInterval
  setImmediate clearImmediate queueMicrotask structuredClone URL URLSearchParams TextEncoder TextDecoder AbortController
  AbortSignal Event EventTarget fetch Headers Request Response FormData Blob performance`.split(/\s+/);

/** What Node.js's wrapper function around a CommonJS file declares. */
const wrapperNames = ["exports", "require", "module", "__filename", "__dirname", "arguments"];

/** Names that are there although the file does not declare them. */
export const givenNames: Record<ModuleKind, ReadonlySet<string>> = {
  commonjs: new Set([...globals, ...wrapperNames]),
  module: new Set(globals),
};

const comparisons = new Set(["===", "!=="]);
const primitiveUnary = new Set(["!", "typeof", "void", "delete"]);

/** Surely a string, number, boolean, null or undefined: no `valueOf` of anybody's runs when it is converted. */
export function isPrimitive(node: Node): boolean {
  if (node.type === "Literal") {
    const { bigint, regex } = node as Literal;
    return !bigint && !regex;
  }
  if (node.type === "TemplateLiteral") return true;
  if (node.type === "UnaryExpression") return primitiveUnary.has((node as UnaryExpression).operator);
  return node.type === "BinaryExpression" && comparisons.has((node as BinaryExpression).operator);
}
