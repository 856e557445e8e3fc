/**
 * Programs of nested control flow in which calls throw, counter by counter against Istanbul's instrumentation.
 * `npm run fuzz:programs -- --seed 1 --programs 20 [--functions 60] [--node path]`; what differs is printed with
 * its seed, which alone brings it back.
 */
import { parseArgs } from "node:util";
import { againstIstanbul } from "../tests/oracle/against-istanbul.ts";
import { nestedForms } from "../tests/oracle/nested-forms.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    programs: { type: "string", default: "20" },
    functions: { type: "string", default: "60" },
    node: { type: "string", default: process.execPath },
  },
});

const first = Number(values.seed);
const programs = Number(values.programs);
let counters = 0;
let unknown = 0;
let differences = 0;
for (let seed = first; seed < first + programs; seed++) {
  const { source, events } = nestedForms(seed, Number(values.functions));
  const { statements, functions, branches } = await againstIstanbul(source, events, values.node);
  for (const found of [statements, functions]) {
    for (const example of found.examples.filter((text) => !text.endsWith("?"))) report(seed, example);
  }
  // How often an arm ran may be known less exactly than whether it did.
  for (const example of branches.examples) {
    const [istanbul, ours] = (example.split(" ").at(-1) as string).split("/");
    if (ours !== "?" && (istanbul === "0") !== (ours === "0")) report(seed, example);
  }
  for (const found of [statements, functions, branches]) {
    counters += found.total;
    unknown += found.unknown;
  }
}
process.stdout.write(
  `${programs} programs, ${counters} counters, ${unknown} of them unknown\n${differences} differences\n`,
);
if (differences > 0) process.exitCode = 1;

function report(seed: number, example: string): void {
  differences++;
  process.stderr.write(`seed ${seed}: ${example} (line:column, Istanbul/ours)\n`);
}
