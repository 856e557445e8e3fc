/**
 * Probed code does as bare code does: `npm run test:semantics -- [--only breadth]`. Suites are slow and run by hand
 * and in CI; each prints what it looked at and fails with the files at which it does not hold.
 */
import { parseArgs } from "node:util";
import { breadth } from "./breadth.ts";

/** A suite prints one line for each file at which it does not hold, and says how many those are. */
const suites: Record<string, () => Promise<number>> = { breadth };

const { values } = parseArgs({ options: { only: { type: "string", multiple: true } } });
const chosen = values.only ?? Object.keys(suites);
for (const name of chosen) {
  const suite = suites[name];
  if (suite === undefined) throw new Error(`no suite ${name}; known: ${Object.keys(suites).join(", ")}`);
  if ((await suite()) > 0) process.exitCode = 1;
}
