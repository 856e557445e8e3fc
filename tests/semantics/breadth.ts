/**
 * Every JavaScript file of node_modules: the copy parses, has as many lines, is the same when it is made again, and
 * Node.js finds the same exports in it.
 */
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { parse } from "acorn";
import { parse as findExports, initSync } from "cjs-module-lexer";
import { probePlanProblem } from "../../src/contract/probe-plan-problem.ts";
import { type ProbedFile, type ProbeOptions, probe } from "../../src/prober/probe.ts";
import { ProberError } from "../../src/prober/prober-error.ts";

const root = path.resolve(import.meta.dirname, "../../node_modules");

export async function breadth(): Promise<number> {
  initSync();
  const counts = { files: 0, probed: 0, unparsable: 0, refused: 0, bytes: 0, copyBytes: 0 };
  let wrong = 0;
  for (const file of await scripts()) {
    counts.files++;
    const source = await readFile(file, "utf8");
    const { probed, refusal, options } = probeAsEither(source);
    if (probed === undefined) {
      if (refusal?.code === "DoesNotParse") counts.unparsable++;
      else {
        counts.refused++;
        process.stdout.write(`refused: ${path.relative(root, file)}: ${refusal?.message}\n`);
      }
      continue;
    }
    counts.probed++;
    counts.bytes += source.length;
    counts.copyBytes += probed.text.length;
    for (const problem of problems(source, probed, options)) {
      wrong++;
      process.stderr.write(`${path.relative(root, file)}: ${problem}\n`);
    }
  }
  const growth = (counts.copyBytes / counts.bytes).toFixed(2);
  process.stdout.write(
    `breadth: ${counts.files} files, ${counts.probed} probed (${growth}x of their size), ` +
      `${counts.unparsable} no JavaScript that parses, ${counts.refused} refused, ${wrong} problems\n`,
  );
  return wrong;
}

async function scripts(): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && /\.[cm]?js$/.test(entry.name));
  return files.map(({ name, parentPath }) => path.join(parentPath, name)).sort();
}

type Attempt = { probed?: ProbedFile; refusal?: ProberError; options: ProbeOptions };

function probeAsEither(source: string): Attempt {
  let attempt: Attempt | undefined;
  for (const kind of ["commonjs", "module"] as const) {
    const options: ProbeOptions = { kind, counters: { slice: 0, by: "function" } };
    try {
      return { probed: probe(source, options), options };
    } catch (error) {
      if (!(error instanceof ProberError)) throw error;
      attempt = { refusal: error, options };
      if (error.code !== "DoesNotParse") return attempt;
    }
  }
  return attempt as Attempt;
}

function* problems(source: string, { text, plan }: ProbedFile, options: ProbeOptions): Generator<string> {
  try {
    parse(text, { ecmaVersion: "latest", sourceType: options.kind, allowHashBang: true });
  } catch (error) {
    yield `the copy does not parse: ${(error as Error).message}`;
  }
  const [wanted, found] = [source, text].map((one) => one.split(/\r\n|[\n\r\u2028\u2029]/).length);
  if (wanted !== found) yield `${found} lines instead of ${wanted}`;
  const planProblem = probePlanProblem(plan);
  if (planProblem !== undefined) yield `its plan is refused: ${planProblem}`;
  if (probe(source, options).text !== text) yield "probed again it is another copy";
  if (options.kind === "commonjs") {
    const [before, after] = [source, text].map(exportsIn);
    if (before !== after) yield `Node.js finds other exports: ${after} instead of ${before}`;
  }
}

function exportsIn(text: string): string {
  try {
    const { exports, reexports } = findExports(text);
    return JSON.stringify([exports.sort(), reexports.sort()]);
  } catch {
    return "none";
  }
}
