import fc from "fast-check";
import { expect, test } from "vitest";
import { packRanges, type V8Range } from "../../contract/ranges.ts";
import { coveredIntervals, createNovelty } from "./novelty.ts";

const length = 40;

/** A forest as V8 writes it: ranges nest, none cross. */
const forest: fc.Arbitrary<V8Range[]> = fc
  .array(fc.tuple(fc.nat(length - 1), fc.integer({ min: 1, max: length }), fc.nat(2)), { maxLength: 8 })
  .map((triples) => {
    const ranges: V8Range[] = [];
    for (const [startOffset, size, count] of triples) {
      const range = { startOffset, endOffset: Math.min(length, startOffset + size), count };
      const crosses = ranges.some(
        (other) =>
          other.startOffset < range.endOffset &&
          range.startOffset < other.endOffset &&
          !(other.startOffset <= range.startOffset && range.endOffset <= other.endOffset) &&
          !(range.startOffset <= other.startOffset && other.endOffset <= range.endOffset),
      );
      const equal = ranges.some(
        (other) => other.startOffset === range.startOffset && other.endOffset === range.endOffset,
      );
      if (!crosses && !equal) ranges.push(range);
    }
    return ranges;
  });

const pack = (ranges: V8Range[]): number[] =>
  packRanges([{ functionName: "", isBlockCoverage: true, ranges }]);

/** Point by point: the smallest range that holds it counts. */
function coveredPoints(ranges: V8Range[]): Set<number> {
  const points = new Set<number>();
  for (let at = 0; at < length; at++) {
    const holding = ranges.filter(({ startOffset, endOffset }) => startOffset <= at && at < endOffset);
    const size = ({ startOffset, endOffset }: V8Range): number => endOffset - startOffset;
    const [innermost] = holding.sort((a, b) => size(a) - size(b));
    if (innermost !== undefined && innermost.count > 0) points.add(at);
  }
  return points;
}

test("intervals hold exactly the covered points", () => {
  fc.assert(
    fc.property(forest, (ranges) => {
      const intervals = coveredIntervals(pack(ranges));
      const points = new Set<number>();
      for (let i = 0; i < intervals.length; i += 2) {
        for (let at = intervals[i] as number; at < (intervals[i + 1] as number); at++) points.add(at);
      }
      expect(points).toEqual(coveredPoints(ranges));
    }),
    { numRuns: 2000 },
  );
});

test("a snapshot is new exactly when it covers a point that no remembered one did", () => {
  fc.assert(
    fc.property(fc.array(forest, { maxLength: 6 }), (snapshots) => {
      const novelty = createNovelty();
      const known = new Set<number>();
      for (const ranges of snapshots) {
        const points = coveredPoints(ranges);
        const expected = [...points].some((point) => !known.has(point));
        expect(novelty.hasNew("script", coveredIntervals(pack(ranges)))).toBe(expected);
        if (expected) novelty.remember("script", coveredIntervals(pack(ranges)));
        for (const point of points) known.add(point);
      }
    }),
    { numRuns: 2000 },
  );
});
