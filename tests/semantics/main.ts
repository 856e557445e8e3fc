/**
 * Probed code does as bare code does: `npm run test:semantics -- [--only breadth …] [--node 22 …] [--quick]
 * [--package <name> …] [--test262 <folder>] [--every N]`. Suites are slow and run by hand; `--quick` is what CI runs. Each prints what it
 * looked at and fails with what differs.
 */
import { parseArgs } from "node:util";
import { breadth } from "./breadth.ts";
import { runSuites } from "./suites/run.ts";
import { test262 } from "./test262/suite.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    node: { type: "string", multiple: true, default: ["22", "24"] },
    package: { type: "string", multiple: true },
    quick: { type: "boolean", default: false },
    test262: { type: "string" },
    every: { type: "string", default: "1" },
  },
});
const { node: nodes, quick } = values;

/** A suite prints one line for each place at which it does not hold, and says how many those are. */
const suites: Record<string, () => Promise<number>> = {
  breadth,
  suites: () => runSuites({ nodes, quick, packages: values.package }),
  test262: runTest262,
};

const chosen = values.only ?? Object.keys(suites);
for (const name of chosen) {
  const suite = suites[name];
  if (suite === undefined) throw new Error(`no suite ${name}; known: ${Object.keys(suites).join(", ")}`);
  if ((await suite()) > 0) process.exitCode = 1;
}

async function runTest262(): Promise<number> {
  if (values.test262 !== undefined) {
    return test262({ folder: values.test262, nodes, every: Number(values.every) });
  }
  process.stdout.write("test262: not run; --test262 <folder> takes a checkout of github.com/tc39/test262\n");
  return 0;
}
