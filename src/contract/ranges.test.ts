import { Session } from "node:inspector/promises";
import { compileFunction } from "node:vm";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { forEachRange, packRanges, rangesProblem, type V8Function, type V8Range } from "./ranges.ts";

interface Node {
  gap: number;
  length: number;
  count: number;
  inner: Node[];
}

/** A forest as V8 reports it, from sizes that cannot cross. */
const tree = fc.letrec<{ node: Node; leaf: Node; fork: Node }>((tie) => {
  const sized = (inner: fc.Arbitrary<Node[]>) =>
    fc.record({ gap: fc.nat(5), length: fc.nat(20), count: fc.nat(1000), inner });
  return {
    leaf: sized(fc.constant([])),
    fork: sized(fc.array(tie("node"), { maxLength: 3 })),
    node: fc.oneof({ depthSize: "small", withCrossShrink: true }, tie("leaf"), tie("fork")),
  };
}).node;

function lay(nodes: readonly Node[], from: number, into: V8Range[]): number {
  let at = from;
  for (const node of nodes) {
    const startOffset = at + node.gap;
    const range = { startOffset, endOffset: 0, count: node.count };
    into.push(range);
    range.endOffset = lay(node.inner, startOffset, into) + node.length;
    at = range.endOffset;
  }
  return at;
}

function functionsOf(nodes: readonly Node[], block: boolean): V8Function[] {
  const ranges: V8Range[] = [];
  lay(nodes, 0, ranges);
  return ranges.map((range) => ({ functionName: "", ranges: [range], isBlockCoverage: block }));
}

function unpack(packed: ArrayLike<number>): V8Range[] {
  const ranges: V8Range[] = [];
  forEachRange(packed, (startOffset, endOffset, count) => ranges.push({ startOffset, endOffset, count }));
  return ranges;
}

describe("packed ranges", () => {
  test("hold every range of V8's report, in strict pre-order, and are valid", () => {
    fc.assert(
      fc.property(fc.array(tree, { maxLength: 5 }), fc.boolean(), (nodes, block) => {
        const functions = functionsOf(nodes, block);
        const packed = packRanges(functions);
        expect(rangesProblem(packed)).toBeUndefined();
        const expected = functions.flatMap((fn) =>
          fn.ranges.map((range) => ({ ...range, count: block || range.count === 0 ? range.count : -1 })),
        );
        const order = (a: V8Range, b: V8Range) => a.startOffset - b.startOffset || b.endOffset - a.endOffset;
        expect(unpack(packed)).toEqual(expected.sort(order));
      }),
      { numRuns: 500 },
    );
  });

  /** The definition, pair by pair: sorted starts, and either apart or one inside the other. */
  function isForest(ranges: readonly V8Range[]): boolean {
    return ranges.every((later, index) =>
      ranges
        .slice(0, index)
        .every(
          (earlier) =>
            earlier.startOffset <= later.startOffset &&
            (later.startOffset >= earlier.endOffset || later.endOffset <= earlier.endOffset),
        ),
    );
  }

  test("are refused exactly where they form no forest", () => {
    const triples = fc.array(fc.tuple(fc.nat(4), fc.nat(6), fc.integer({ min: -3, max: 3 })), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(triples, (rows) => {
        const packed = rows.flat();
        expect(rangesProblem(packed) === undefined).toBe(isForest(unpack(packed)));
      }),
      { numRuns: 3000 },
    );
  });

  test.each([
    ["no array", { length: 3 }],
    ["no triples", [0, 1]],
    ["a negative start", [-1, 2, 3]],
    ["a fraction", [0, 1.5, 1]],
    ["text", [0, "1", 1]],
    ["NaN", [0, 1, Number.NaN]],
    ["a count beyond safe integers", [0, 1, 2 ** 53]],
    ["an end beyond V8's longest string", [0, 2 ** 30, 1]],
    ["null", null],
  ])("are refused: %s", (_name, packed) => expect(rangesProblem(packed)).toMatch(/ranges/));
});

test("what this V8 really reports is packed into valid ranges", async () => {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", { detailed: true, callCount: true });
  const source =
    "let n = 0; for (const x of [1,2,3]) { if (x > 1) { n += x ? 1 : 2 } else { n-- } } try { throw n } catch { n ||= 3 } finally { (() => n)() } return n";
  compileFunction(source, [], { filename: "/ranges-sample.js" })();
  const { result } = await session.post("Profiler.takePreciseCoverage");
  session.disconnect();
  const scripts = result.filter((script) => script.functions.length > 0);
  expect(scripts.some((script) => script.url.endsWith("ranges-sample.js"))).toBe(true);
  for (const script of scripts) expect(rangesProblem(packRanges(script.functions))).toBeUndefined();
});
