import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { coverageFormat } from "../contract/coverage-file.ts";
import { layerArchitectures, layerRuntimes } from "../contract/runtimes.ts";
import { scriptFormat } from "../contract/script-file.ts";
import { packageVersion } from "./package-version.ts";

test("docs/compatibility.md has a row for this version, as the contract has it", () => {
  const [major, minor] = packageVersion().split(".");
  const rows = readFileSync("docs/compatibility.md", "utf8").split("\n");
  const cells = rows.find((row) => row.startsWith(`| ${major}.${minor}.x |`))?.split("|");
  expect(cells?.slice(2, -1).map((cell) => cell.trim())).toEqual([
    `\`${coverageFormat}\``,
    `\`${scriptFormat}\``,
    layerRuntimes.nodejs.join(", "),
    layerRuntimes.python.join(", "),
    layerArchitectures.join(", "),
  ]);
});
