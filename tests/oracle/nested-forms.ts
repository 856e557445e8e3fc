/**
 * Programs of nested control flow in which calls throw, the same for the same seed. A call that may throw stands only
 * where V8 has a counter before the next statement: in a head, or last in a block. What V8 cannot know is left to
 * docs/limits.md.
 */
import { seeded } from "./mutations.ts";

type Random = () => number;

interface Shape {
  random: Random;
  depth: number;
  isAsync: boolean;
  isGenerator: boolean;
  /** Labels of the loops around. */
  loops: string[];
  isInFunction: boolean;
  names: { next: number };
}

export interface NestedForms {
  /** A CommonJS module that exports `handler`. */
  source: string;
  events: { plan: number }[];
}

export function nestedForms(seed: number, functions: number): NestedForms {
  const random = seeded(seed);
  const names = { next: 0 };
  const parts: string[] = [];
  const calls: string[] = [];
  for (let index = 0; index < functions; index++) {
    const kind = pick(random, wrappers);
    const name = `f${index}`;
    const shape: Shape = {
      random,
      depth: 3,
      isAsync: kind.isAsync,
      isGenerator: kind.isGenerator,
      loops: [],
      isInFunction: true,
      names,
    };
    parts.push(kind.write(name, list(shape)));
    calls.push(kind.call(name));
  }
  return { source: program(parts, calls), events: [1, 2, 3, 4].map((plan) => ({ plan })) };
}

function program(parts: string[], calls: string[]): string {
  return `"use strict";
process.on("unhandledRejection", () => undefined);
let plan = 1;
let turn = 0;
/** Throws now and then, else says yes or no. */
function may() { turn = (turn * 31 + plan) % 1009; if (turn % 5 === 0) throw new Error("thrown"); return turn % 3 !== 0; }
/** Never throws. */
function yes() { turn = (turn * 17 + plan) % 1009; return turn % 2 === 0; }
function use(x) { return x; }
async function later() { return may(); }
function items() { return [1, 2, 3].slice(0, +may() + turn % 3); }
async function* stream() { for (const x of [1, 2]) { yield x; } }
${parts.join("\n")}
exports.handler = async (event) => {
  plan = event.plan;
  const runs = [${calls.map((call) => `() => ${call}`).join(",\n    ")}];
  let thrown = 0;
  for (const run of runs) {
    for (let time = 0; time < 3; time++) {
      turn = (turn + 7 * time + plan) % 1009;
      try { await run(); } catch { thrown++; }
    }
  }
  return thrown;
};
`;
}

interface Wrapper {
  isAsync: boolean;
  isGenerator: boolean;
  write(name: string, body: string): string;
  call(name: string): string;
}

const plain = { isAsync: false, isGenerator: false, call: (name: string) => `${name}()` };

const wrappers: Wrapper[] = [
  { ...plain, write: (name, body) => `function ${name}() {${body}}` },
  { ...plain, write: (name, body) => `const ${name} = () => {${body}};` },
  { ...plain, write: (name, body) => `const ${name} = function () {${body}};` },
  {
    ...plain,
    write: (name, body) => `class ${name} { go() {${body}} }`,
    call: (name) => `new ${name}().go()`,
  },
  {
    ...plain,
    write: (name, body) => `class ${name} { static go() {${body}} }`,
    call: (name) => `${name}.go()`,
  },
  { ...plain, write: (name, body) => `const ${name} = { go() {${body}} };`, call: (name) => `${name}.go()` },
  { ...plain, isAsync: true, write: (name, body) => `async function ${name}() {${body}}` },
  { ...plain, isAsync: true, write: (name, body) => `const ${name} = async () => {${body}};` },
  {
    isAsync: false,
    isGenerator: true,
    write: (name, body) => `function* ${name}() {${body}}`,
    call: (name) => `[...${name}()]`,
  },
];

function pick<T>(random: Random, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)] as T;
}

function list(shape: Shape): string {
  const count = 1 + Math.floor(shape.random() * 3);
  const statements: string[] = [];
  for (let index = 0; index < count; index++) statements.push(statement(shape));
  statements.push(last(shape));
  return ` ${statements.join(separator(shape))} `;
}

function separator({ random }: Shape): string {
  return pick(random, [" ", "\n  ", ""]);
}

/** What may end a block: here a call may throw, since no statement follows. */
function last(shape: Shape): string {
  const { random, loops, isInFunction, isAsync } = shape;
  const ends = ["use(1);", "may();", "may();", "throw may();"];
  if (isInFunction) ends.push("return;", "return use(2);", "return may();");
  if (isAsync) ends.push("await later();");
  if (loops.length > 0)
    ends.push("break;", "continue;", `continue ${pick(random, loops)};`, `break ${pick(random, loops)};`);
  return pick(random, ends);
}

function statement(shape: Shape): string {
  const { random, depth } = shape;
  if (depth === 0)
    return pick(random, ["use(3);", "const a = yes();", "yes();"]).replace(
      "const a",
      `const ${fresh(shape)}`,
    );
  const inner = { ...shape, depth: depth - 1 };
  return pick(random, forms)(inner);
}

function fresh({ names }: Shape): string {
  return `v${names.next++}`;
}

function test(shape: Shape): string {
  const tests = [
    "yes()",
    "may()",
    "may()",
    "turn % 2",
    "turn % 2 && may()",
    "(yes() || may())",
    "(may() ? yes() : turn > 5)",
    "!may()",
  ];
  if (shape.isAsync) tests.push("await later()", "yes() && await later()");
  return pick(shape.random, tests);
}

function block(shape: Shape): string {
  return `{${list(shape)}}`;
}

/** A block, or one statement without braces. */
function body(shape: Shape): string {
  if (shape.random() < 0.75) return block(shape);
  return pick(shape.random, [
    () => "use(4);",
    () => "may();",
    () => (shape.depth > 0 ? `if (yes()) ${block(shape)}` : "yes();"),
  ])();
}

function loop(shape: Shape, write: (inner: Shape) => string): string {
  const label = `l${fresh(shape)}`;
  return `${label}: ${write({ ...shape, loops: [...shape.loops, label] })}`;
}

const forms: ((shape: Shape) => string)[] = [
  (shape) => `if (${test(shape)}) ${body(shape)}`,
  (shape) => `if (${test(shape)}) ${block(shape)} else ${body(shape)}`,
  (shape) => `if (${test(shape)}) ${block(shape)} else if (${test(shape)}) ${block(shape)}`,
  (shape) => {
    const name = fresh(shape);
    return loop(shape, (inner) => `for (let ${name} = 0; ${name} < 3; ${name}++) ${body(inner)}`);
  },
  (shape) => {
    const name = fresh(shape);
    return loop(
      shape,
      (inner) => `for (let ${name} = 0; ${name} < 3; ${name}++) { use(() => ${name}); ${block(inner)} }`,
    );
  },
  (shape) => {
    const name = fresh(shape);
    return `let ${name}; ${loop(shape, (inner) => `for (${name} = +may(); ${name} < 3 && may(); ${name}++) ${body(inner)}`)}`;
  },
  (shape) => loop(shape, (inner) => `for (const ${fresh(shape)} of items()) ${body(inner)}`),
  (shape) => loop(shape, (inner) => `for (const ${fresh(shape)} in { a: may(), b: 1 }) ${body(inner)}`),
  (shape) => {
    const name = fresh(shape);
    return `let ${name} = 3; ${loop(shape, (inner) => `while (${name}-- > 0 && ${test(inner)}) ${body(inner)}`)}`;
  },
  (shape) => {
    const name = fresh(shape);
    return `let ${name} = 2; ${loop(shape, (inner) => `do { if (yes()) ${block(inner)} } while (${name}-- > 0 && ${test(inner)});`)}`;
  },
  (shape) =>
    `switch (${pick(shape.random, ["turn % 3", "+may()"])}) { case 0: use(5); break; case 1: ${block({ ...shape, loops: [] })} default: use(6); }`,
  (shape) => `try ${block(shape)} catch ${block(shape)}`,
  (shape) => `try ${block(shape)} finally { use(7); }`,
  (shape) => `try ${block(shape)} catch (error) ${block(shape)} finally { use(8); }`,
  (shape) => block(shape),
  (shape) => {
    const label = `l${fresh(shape)}`;
    return `${label}: { if (yes()) break ${label}; ${statement(shape)} use(9); }`;
  },
  (shape) => `const ${fresh(shape)} = may() ? yes() : use(10);`,
  () => "use(yes() ? 1 : yes()), use(11);",
  (shape) =>
    `try { (() => {${list({ ...shape, isAsync: false, isGenerator: false, loops: [] })}})(); } catch { use(14); }`,
  (shape) => (shape.isAsync ? `await later();` : `yes();`),
  (shape) =>
    shape.isAsync
      ? loop(shape, (inner) => `for await (const ${fresh(shape)} of stream()) ${body(inner)}`)
      : `use(12);`,
  (shape) => (shape.isGenerator ? `yield yes();` : `use(13);`),
];
