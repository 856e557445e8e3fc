import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { CoverageSetupError } from "./setup-error.ts";

/** Which files and functions are probed; see `lambda-coverage probe --help`. */
export interface ProbeChoices {
  /** Globs of files to probe. Default: all .js, .mjs and .cjs. */
  include?: string[];
  /** Globs of files to leave as they are. Default: everything below node_modules. */
  exclude?: string[];
  /** Names of functions whose text is read or sent elsewhere, so that they must stay as they are. */
  keepSource?: string[];
}

/** What is worth saying of a probed package; the whole is `ProbeReport`. */
export interface ProbeOutcome {
  notProbed: { path: string; message: string }[];
  minified: string[];
}

/**
 * Probes a folder or zip by the command line, in a process of its own: synthesis cannot wait for a promise, and the
 * prober's memory goes with the process. Throws a CoverageSetupError with what the command said.
 */
export function probePackage(path: string, choices: ProbeChoices): ProbeOutcome {
  const args = [...commandLine(), "probe", path, "--json", ...options(choices)];
  const { status, stdout, stderr, error } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (status === 0) return JSON.parse(stdout).packages[0] as ProbeOutcome;
  const said = error?.message ?? stderr.trim().replace(/^error: /, "");
  const code = /\[(\w+)\]/.exec(said)?.[1] ?? "ProbeFailed";
  throw new CoverageSetupError(code, `The package could not be probed: ${said}`);
}

function options({ include, exclude, keepSource }: ProbeChoices): string[] {
  const given = { "--include": include, "--exclude": exclude, "--keep-source": keepSource };
  return Object.entries(given).flatMap(([name, values]) => (values ?? []).flatMap((value) => [name, value]));
}

/** Beside this folder, in the package and in a clone alike. */
function commandLine(): string[] {
  const built = fileURLToPath(new URL("../cli/main.js", import.meta.url));
  if (existsSync(built)) return [built];
  const loader = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  return ["--import", loader, fileURLToPath(new URL("../cli/main.ts", import.meta.url))];
}
