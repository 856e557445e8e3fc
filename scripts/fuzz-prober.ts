/**
 * Random programs, bare against probed: the same output, effects in the same order, the same errors, and the counts
 * that Istanbul's instrumentation has. `npm run fuzz:prober -- --seed 1 --files 2000`; a difference prints the file's
 * seed, which `--seed <it> --files 1 --print` replays.
 */

import { parseArgs } from "node:util";
import { compileFunction } from "node:vm";
import { seeded } from "../tests/oracle/mutations.ts";
import { compareProgram } from "../tests/oracle/probed-program.ts";
import { randomProgram } from "../tests/oracle/random-program.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    files: { type: "string", default: "2000" },
    print: { type: "boolean", default: false },
  },
});

// An error that a program leaves behind is a part of what it does; both ways leave the same.
process.on("unhandledRejection", () => undefined);

const first = Number(values.seed);
const files = Number(values.files);
let differences = 0;
for (let seed = first; seed < first + files; seed++) {
  const isModule = seed % 3 === 0;
  const source = randomProgram(seeded(seed), { withUsing: knowsUsing(), isModule });
  if (values.print) process.stdout.write(`${source}\n`);
  const difference = await compareProgram(source, isModule).catch((error: Error) => ({
    kind: "crash",
    details: String(error.stack),
  }));
  if (difference === undefined) continue;
  differences++;
  process.stderr.write(
    `seed ${seed}: ${difference.kind} differs\n${values.print ? difference.details : difference.details.split("\n").slice(0, 2).join("\n")}\n`,
  );
}
process.stdout.write(`${files} programs from seed ${first}: ${differences} differences\n`);
if (differences > 0) process.exitCode = 1;

function knowsUsing(): boolean {
  try {
    compileFunction("{ using x = null; }");
    return true;
  } catch {
    return false;
  }
}
