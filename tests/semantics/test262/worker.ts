/**
 * Runs in the Node.js under test: `<test262> <file with one path a line>`. Prints lines of JSON: for each test one when it
 * begins, one when it has run bare, and one with all. A test may end the process.
 */
import { readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { Script } from "node:vm";
import { type Outcome, outcomeOf } from "./outcome.ts";
import { readTestFile, type Variant } from "./test-file.ts";

export interface Case {
  path: string;
  variant: Variant;
  bare: Outcome;
  probed: Outcome;
}

const [, , root = "", list = ""] = process.argv;
const scripts = new Map<string, Script>();

// What a test leaves behind is a part of what it does; both ways leave the same.
process.on("unhandledRejection", () => undefined);
process.on("uncaughtException", () => undefined);

for (const path of readFileSync(list, "utf8").split("\n")) {
  const file = join(root, "test", path);
  const test = readTestFile(readFileSync(file, "utf8"));
  for (const variant of test.variants) {
    const run = { path: file, test, variant, harness };
    print({ path, variant });
    const bare = await outcomeOf(run, false);
    print({ path, variant, bare });
    print({ path, variant, bare, probed: await outcomeOf(run, true) });
  }
}

function print(found: Partial<Case>): void {
  writeSync(1, `${JSON.stringify(found)}\n`);
}

function harness(name: string): Script {
  const script =
    scripts.get(name) ?? new Script(readFileSync(join(root, "harness", name), "utf8"), { filename: name });
  scripts.set(name, script);
  return script;
}
