/** Stored tables come back as they were; what anybody did to one makes none of it, and no crash. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { packTable, unpackTable } from "./packed-table.ts";
import type { BranchType, FlatRange, ProbeTable } from "./probe-table.ts";
import { atMost, witness } from "./repair/terms.ts";

const sha256 = "a".repeat(64);
const length = 500;
const hash = fc.constantFrom("b".repeat(64), "0".repeat(64));
const position = fc.integer({ min: -1, max: 2000 });
const range: fc.Arbitrary<FlatRange> = fc.tuple(position, position, position, position);
const term = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: ~length, max: 2 * length + 1 }) },
  fc.constantFrom(atMost, witness),
);
const probe = fc.array(term, { maxLength: 4 });
const full = { minLength: 1, maxLength: 3 };
const branch = fc.array(fc.tuple(range, probe), full).chain((arms) =>
  fc.record({
    type: fc.constantFrom<BranchType>("if", "cond-expr", "binary-expr", "switch", "default-arg"),
    at: range,
    arms: fc.constant(arms.map(([arm]) => arm)),
    probes: fc.constant(arms.map(([, of]) => of)),
  }),
);
const file = fc.record(
  {
    source: fc.string(),
    textSha256: hash,
    statements: fc.array(fc.record({ at: range, probes: fc.array(probe, full) }), { maxLength: 4 }),
    functions: fc.array(fc.record({ name: fc.string(), declaration: range, at: range, probe }), {
      maxLength: 3,
    }),
    branches: fc.array(branch, { maxLength: 3 }),
  },
  { requiredKeys: ["source", "statements", "functions", "branches"] },
);
const tables: fc.Arbitrary<ProbeTable> = fc.record({
  sha256: fc.constant(sha256),
  mapSha256: hash,
  length: fc.constant(length),
  functionRanges: fc
    .array(fc.nat({ max: length }), { maxLength: 2 })
    .map((list) => [...list, ...list, ...list]),
  moduleLevel: fc.array(fc.nat({ max: length }), { maxLength: 4 }).map((ends) => ({
    deferred: [...new Set(ends)].sort((a, b) => a - b).flatMap((at) => [at, at]),
    loops: [],
  })),
  deployed: fc.boolean(),
  files: fc.array(file, { maxLength: 3 }),
});

test("what is packed comes back", () => {
  fc.assert(
    fc.property(tables, (table) => {
      const stored = JSON.parse(JSON.stringify(packTable(table)));
      expect(unpackTable(stored, sha256, length)).toEqual(table);
      expect(unpackTable(stored, "c".repeat(64), length)).toBeUndefined();
      expect(unpackTable(stored, sha256, length + 1)).toBeUndefined();
    }),
  );
});

const nonsense = fc.constantFrom("-2", "2.5", "1e9", "null", '"x"', "[]", "{}", "-600");

test("whatever was done to it, no number of an unpacked table reads beyond the script", () => {
  fc.assert(
    fc.property(tables, nonsense, fc.nat(), (table, other, at) => {
      const text = JSON.stringify(packTable(table));
      const numbers = [...text.matchAll(/(?<=[[,])-?\d+(?=[\],])/g)];
      const chosen = numbers[at % Math.max(1, numbers.length)];
      if (chosen === undefined) return;
      const forged = text.slice(0, chosen.index) + other + text.slice(chosen.index + chosen[0].length);
      const read = unpackTable(JSON.parse(forged), sha256, length);
      const terms = (read?.files ?? []).flatMap(({ statements, functions, branches }) => [
        ...statements.flatMap(({ probes }) => probes.flat()),
        ...functions.flatMap((counter) => counter.probe),
        ...branches.flatMap(({ probes }) => probes.flat()),
      ]);
      const offsets = terms.filter((term) => term !== atMost && term !== witness);
      for (const term of offsets) expect(term < 0 ? ~term : term).toBeLessThanOrEqual(2 * length + 1);
    }),
    { numRuns: 1000 },
  );
});
