import { expect, test } from "vitest";
import { readAsCoveragePy } from "./patterns.ts";

test.each([
  ["src/*", "src/**"],
  ["*/tests/*", "**/tests/**"],
  ["./src/*.ts", "src/*.ts"],
  ["*.test.ts", "**/*.test.ts"],
  ["app.py", "**/app.py"],
  ["!*.ts", "!**/*.ts"],
  ["!(a|b).ts", "**/!(a|b).ts"],
  ["src/**", "src/**"],
  ["src/*/index.ts", "src/*/index.ts"],
])("%s is read as %s", (pattern, glob) => {
  expect(readAsCoveragePy(pattern)).toBe(glob);
});
