/**
 * What is known not to throw. Everything else may, so that a probe is not reused behind it. One thing is left aside:
 * a `let`, `const`, `class` or import that is read before its declaration has run is not thought to throw.
 */
import type { BinaryExpression, Identifier, Literal, Node, UnaryExpression } from "acorn";
import type { DeclaredNames } from "./parse-original.ts";

/** In every module, unless somebody deletes them. */
const alwaysThere = new Set(
  `undefined NaN Infinity globalThis global process console Buffer
  Object Function Array Number Boolean String Symbol BigInt Math JSON Date RegExp Promise Proxy Reflect Map Set WeakMap
  WeakSet WeakRef Error TypeError RangeError SyntaxError ReferenceError EvalError URIError AggregateError ArrayBuffer
  SharedArrayBuffer DataView Uint8Array Int8Array Uint8ClampedArray Uint16Array Int16Array Uint32Array Int32Array
  Float32Array Float64Array BigInt64Array BigUint64Array Atomics parseInt parseFloat isNaN isFinite encodeURIComponent
  decodeURIComponent encodeURI decodeURI escape unescape eval setTimeout clearTimeout setInterval clearInterval
  setImmediate clearImmediate queueMicrotask structuredClone URL URLSearchParams TextEncoder TextDecoder AbortController
  AbortSignal Event EventTarget fetch Headers Request Response FormData Blob performance`.split(/\s+/),
);

export function mayThrowWhenRead({ name }: Identifier, names: DeclaredNames): boolean {
  return !names.all.has(name) && !alwaysThere.has(name);
}

/** A constant, or a name that nobody declares, throws when it is assigned. */
export function mayThrowWhenWritten({ name }: Identifier, names: DeclaredNames): boolean {
  return !names.all.has(name) || names.lexical.has(name);
}

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
