/** Statements that a call threw past did not run; what V8 cannot tell of is unknown. Istanbul is the oracle. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { nodeBinary } from "../../src/local/lambda/node-binary.ts";
import { againstIstanbul } from "./against-istanbul.ts";
import { nestedForms } from "./nested-forms.ts";

const majors = [22, 24];

function fixture(name: string): Promise<string> {
  return readFile(path.join(import.meta.dirname, "fixtures", name), "utf8");
}

test.each(majors)("every form that a call can leave by throwing, on Node.js %i", async (major) => {
  const { path: node } = await nodeBinary(major);
  const found = await againstIstanbul(await fixture("throwing-forms.cjs"), [{}], node);
  for (const kind of ["statements", "functions", "branches"] as const) {
    expect(found[kind]).toMatchObject({ examples: [], unknown: 0, missing: 0 });
  }
});

test.each(majors)("default values, idle generators, parameters that throw, on Node.js %i", async (major) => {
  const { path: node } = await nodeBinary(major);
  const source = await fixture("unknowable.cjs");
  const found = await againstIstanbul(source, [{}], node);
  const lines = source.split("\n");
  const firstUnknown = lines.indexOf("const unknown = {") + 1;
  for (const kind of ["statements", "functions", "branches"] as const) {
    expect(found[kind]).toMatchObject({ wronglyCovered: 0, wronglyUncovered: 0, missing: 0 });
    // Of what differs all is unknown, and none of it can be known.
    expect(found[kind].equal + found[kind].unknown).toBe(found[kind].total);
    for (const example of found[kind].examples)
      expect(Number.parseInt(example, 10)).toBeGreaterThan(firstUnknown);
  }
  expect(found.branches.unknown).toBeGreaterThan(8);
  expect(found.functions.unknown).toBe(4);
});

test.each(majors.flatMap((major) => [1, 2].map((seed) => ({ major, seed }))))(
  "forms nested in each other, seed $seed, on Node.js $major",
  async ({ major, seed }) => {
    const { path: node } = await nodeBinary(major);
    const { source, events } = nestedForms(seed, 60);
    const { statements, functions, branches } = await againstIstanbul(source, events, node);
    for (const counters of [statements, functions]) {
      expect(counters.examples.filter((example) => !example.endsWith("?"))).toEqual([]);
      expect(counters.equal).toBeGreaterThan(0.98 * counters.total);
    }
    expect(branches).toMatchObject({ wronglyCovered: 0, wronglyUncovered: 0, missing: 0 });
    expect(branches.unknown).toBeLessThan(0.05 * branches.total);
  },
);
