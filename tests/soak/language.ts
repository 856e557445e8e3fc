/** What differs between the two layers: the function, how it may end, and what its files must show. */
import type { CoverageFile } from "../../src/contract/coverage-file.ts";
import type { LocalFunctionConfig } from "../../src/local/index.ts";
import { layerZip as nodeLayer } from "../behaviour/deployed-function.ts";
import { type Host, runtimes } from "../behaviour/host.ts";
import { layerZip as pythonLayer, runtimesAtHand } from "../python/harness.ts";
import { coveredCode, coveredLines } from "./covered.ts";
import { countViolations, lineViolations } from "./file-checks.ts";

export type RuntimeConfig = Pick<LocalFunctionConfig, "runtime" | "layers"> & Partial<LocalFunctionConfig>;

export interface Language {
  /** Beside this file, and its name in the function. */
  source: string;
  file: string;
  handlers: string[];
  /** With the layer's zip. */
  runtimes: RuntimeConfig[];
  /** Ways to end, by weight. */
  harmless: [string, number][];
  deadly: [string, number][];
  /** What every file of `every` mode shows of the function that runs once a call. */
  violations(host: Host, files: readonly CoverageFile[]): Promise<string[]>;
  /** Its small functions may be optimised away in later windows, and its code may be probed. */
  canBeProbed: boolean;
  /** What ran, comparable. */
  covered(host: Host, files: readonly CoverageFile[]): Promise<string>;
}

const nodeHarmless: [string, number][] = [
  ["value", 30],
  ["nothing", 6],
  ["sleep", 10],
  ["throw", 8],
  ["reject", 6],
  ["throwText", 3],
  ["log", 8],
  ["compute", 10],
];

const nodeDeadly: [string, number][] = [
  ["wait", 1],
  ["late", 2],
  ["spin", 1],
  ["exit", 2],
  ["exitLater", 2],
  ["uncaught", 2],
  ["unhandled", 2],
  ["kill", 2],
  ["term", 1],
];

const pythonHarmless: [string, number][] = [
  ["value", 30],
  ["nothing", 6],
  ["sleep", 10],
  ["throw", 8],
  ["reject", 6],
  ["log", 8],
  ["compute", 10],
  ["thread", 4],
  ["fork", 4],
];

const pythonDeadly: [string, number][] = [
  ["wait", 1],
  ["late", 2],
  ["spin", 1],
  ["leave", 3],
  ["abort", 2],
  ["kill", 2],
  ["term", 1],
];

export async function languageOf(name: string): Promise<Language> {
  if (name === "nodejs") {
    return {
      source: "handler.cjs",
      file: "index.js",
      handlers: ["index.asynchronous", "index.promised"],
      runtimes: runtimes.map((row) => ({ ...row, layers: [nodeLayer] })),
      harmless: nodeHarmless,
      deadly: nodeDeadly,
      violations: countViolations,
      covered: coveredCode,
      canBeProbed: true,
    };
  }
  const atHand = await runtimesAtHand();
  return {
    source: "handler.py",
    file: "index.py",
    handlers: ["index.handler"],
    runtimes: atHand.map((runtime) => ({ runtime, layers: [pythonLayer] })),
    harmless: pythonHarmless,
    deadly: pythonDeadly,
    violations: async (_host, files) => lineViolations(files, "index.py"),
    covered: async (_host, files) => coveredLines(files, "index.py"),
    canBeProbed: false,
  };
}
