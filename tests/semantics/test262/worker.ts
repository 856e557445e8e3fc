/** Runs in the Node.js under test: `<test262> <file with one path a line>`; prints one JSON line for each path. */
import { readFileSync } from "node:fs";
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
    const bare = await outcomeOf(run, false);
    const found: Case = { path, variant, bare, probed: await outcomeOf(run, true) };
    process.stdout.write(`${JSON.stringify(found)}\n`);
  }
}

function harness(name: string): Script {
  const script =
    scripts.get(name) ?? new Script(readFileSync(join(root, "harness", name), "utf8"), { filename: name });
  scripts.set(name, script);
  return script;
}
