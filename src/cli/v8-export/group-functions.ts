/**
 * From packed ranges back to V8's functions, as NODE_V8_COVERAGE writes them: c8 and monocart merge and name
 * by function. Packed ranges are one forest; the script's AST says which of them are functions.
 */
import { type AstNode, isNode } from "../../combine/map/parse-script.ts";
import { forEachRange, type PackedRanges, type V8Function } from "../../contract/ranges.ts";

/** Name by `start-end` of every place where V8 may report a function. */
export type FunctionSpans = ReadonlyMap<string, string>;

export function functionSpans(program: AstNode, source: string): FunctionSpans {
  const spans = new Map<string, string>();
  visit(program, "", (node, name) => {
    if (isFunction(node)) spans.set(span(node), name);
    else if (node.type === "MethodDefinition" || (node.type === "Property" && isMethod(node))) {
      spans.set(span({ start: methodStart(node, source), end: node.end }), methodName(node, name));
    } else if (node.type === "ClassBody") addInitializers(node, spans);
    else if (/^Class(Declaration|Expression)$/.test(node.type) && hasInstanceFields(node)) {
      spans.set(span(node), "<instance_members_initializer>");
    }
  });
  return spans;
}

function isFunction(node: AstNode): boolean {
  return /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type);
}

function isMethod(node: AstNode): boolean {
  return node.method === true || node.kind === "get" || node.kind === "set";
}

function span({ start, end }: { start: number; end: number }): string {
  return `${start}-${end}`;
}

/** V8 starts a method at its key or what stands before it, but for `static`. */
function methodStart(node: AstNode, source: string): number {
  if (node.static !== true) return node.start;
  const [skipped] = /^static\s*/.exec(source.slice(node.start)) ?? [""];
  return node.start + skipped.length;
}

function methodName(node: AstNode, inferred: string): string {
  const name = node.computed === true ? inferred : nameOf(node.key);
  return node.kind === "get" || node.kind === "set" ? `${node.kind} ${name}` : name;
}

/** A class's static fields and blocks are one function to V8, from the first to the last. */
function addInitializers(body: AstNode, spans: Map<string, string>): void {
  const statics = elementsOf(body).filter(
    (element) => element.type === "StaticBlock" || (element.type === "PropertyDefinition" && element.static),
  );
  const [first, last] = [statics[0], statics.at(-1)];
  if (first && last) spans.set(span({ start: first.start, end: last.end }), "<static_initializer>");
}

function hasInstanceFields(node: AstNode): boolean {
  return elementsOf(node.body as AstNode).some(
    (element) => element.type === "PropertyDefinition" && element.static !== true,
  );
}

function elementsOf(body: AstNode): AstNode[] {
  return Array.isArray(body.body) ? body.body.filter(isNode) : [];
}

/** Depth first; `name` is what V8 infers for a function there. */
function visit(node: AstNode, inferred: string, each: (node: AstNode, name: string) => void): void {
  each(node, nameOf(node.id) || inferred);
  for (const [key, value] of Object.entries(node)) {
    const children = Array.isArray(value) ? value : [value];
    for (const child of children) if (isNode(child)) visit(child, inferredName(node, key, inferred), each);
  }
}

function inferredName(parent: AstNode, key: string, inferred: string): string {
  if (parent.type === "VariableDeclarator" && key === "init") return nameOf(parent.id);
  if (parent.type === "AssignmentExpression" && key === "right") return nameOf(parent.left);
  if (/^(Property|PropertyDefinition)$/.test(parent.type) && key === "value") {
    return parent.computed === true ? inferred : nameOf(parent.key);
  }
  return parent.type === "ObjectExpression" ? inferred : "";
}

function nameOf(node: unknown): string {
  if (!isNode(node)) return "";
  if (node.type === "Identifier" || node.type === "PrivateIdentifier") return String(node.name);
  if (node.type === "Literal") return String(node.value);
  return node.type === "MemberExpression" ? nameOf(node.property) : "";
}

/** A range that is a function's starts one; every other belongs to the function around it. */
export function groupFunctions(ranges: PackedRanges, spans: FunctionSpans): V8Function[] {
  const functions: V8Function[] = [];
  const around: { fn: V8Function; end: number }[] = [];
  const claimed = new Set<string>();
  forEachRange(ranges, (start, end, count) => {
    while (around.length > 0 && (around.at(-1) as { end: number }).end <= start && end > start) around.pop();
    const range = { startOffset: start, endOffset: end, count: Math.abs(count) };
    const key = span({ start, end });
    const owner = around.at(-1);
    if (owner !== undefined && (claimed.has(key) || !spans.has(key))) {
      owner.fn.ranges.push(range);
      return;
    }
    claimed.add(key);
    // V8 says so too of a function that never ran: it was never compiled with block counters.
    const fn = { functionName: spans.get(key) ?? "", ranges: [range], isBlockCoverage: count > 0 };
    functions.push(fn);
    around.push({ fn, end });
  });
  return functions;
}
