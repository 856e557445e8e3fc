import fc from "fast-check";
import picomatch from "picomatch";
import { expect, test } from "vitest";
import { readAsCoveragePy } from "../../contract/patterns.ts";
import { matchesGlob } from "./glob.ts";

const segment = fc.stringMatching(/^[a-z_-]{1,4}$/);
const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
const globSegment = fc.oneof(segment, fc.constantFrom("*", "**", "a*", "*.js", "?b"));
const pattern = fc.array(globSegment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));

test("what it skips, the tools' full matcher excludes too", () => {
  fc.assert(
    fc.property(path, pattern, (file, glob) => {
      if (!matchesGlob(file, glob)) return;
      expect(picomatch.isMatch(file, readAsCoveragePy(glob), { dot: true })).toBe(true);
    }),
    { numRuns: 3000 },
  );
});

test.each([
  ["node_modules/zod/index.js", "**/node_modules/**", true],
  ["src/a/node_modules/x.js", "**/node_modules/**", true],
  ["/opt/nodejs/node_modules/x/y.js", "**/node_modules/**", true],
  ["src/node_modules.js", "**/node_modules/**", false],
  ["src/a.test.js", "**/*.test.js", true],
  ["a.test.js", "**/*.test.js", true],
  ["a+b.js", "a+b.js", false],
  ["a.js", "{a,b}.js", false],
  ["src/top.js", "src/*", true],
  ["src/core/deep.js", "src/*", true],
  ["lib/src/top.js", "src/*", false],
  ["x/tests/a.js", "*/tests/*", true],
  ["tests/a.js", "*/tests/*", true],
  ["x/a.test.js", "*.test.js", true],
])("%s %s %s", (file, glob, expected) => {
  expect(matchesGlob(file, glob)).toBe(expected);
});
