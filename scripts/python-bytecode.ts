/**
 * Bytecode of what a cold start loads. /opt cannot be written, so without it Python compiles the agent anew in
 * every cold start: 13 ms of CPU on a whole core, many times that on a small function. Unchecked-hash pycs
 * (https://peps.python.org/pep-0552/) hold no time stamp: the same source makes the same bytes.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { layerRuntimes } from "../src/contract/runtimes.ts";
import { type PythonInterpreter, pythonInterpreter } from "../src/local/lambda/python-interpreter.ts";
import type { ZipEntry } from "./layer-zip.ts";

const program = `
import py_compile, sys
mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
for path in sys.argv[2:]:
    py_compile.compile(f"{sys.argv[1]}/{path}", f"{sys.argv[1]}/{path}c", f"/opt/{path}", doraise=True, invalidation_mode=mode)
`;

export interface Bytecode {
  entries: ZipEntry[];
  /** Versions whose interpreter is not on this machine: they run from source. */
  missing: string[];
}

export async function bytecodeOf(sources: readonly ZipEntry[]): Promise<Bytecode> {
  const bytecode: Bytecode = { entries: [], missing: [] };
  for (const runtime of layerRuntimes.python) {
    const version = runtime.replace("python", "");
    const interpreter = await pythonInterpreter(version).catch(() => undefined);
    if (interpreter === undefined) bytecode.missing.push(runtime);
    else bytecode.entries.push(...compile(interpreter, `cpython-${version.replace(".", "")}`, sources));
  }
  return bytecode;
}

function compile(interpreter: PythonInterpreter, tag: string, sources: readonly ZipEntry[]): ZipEntry[] {
  const folder = mkdtempSync(join(tmpdir(), "layer-bytecode-"));
  try {
    for (const { path, bytes } of sources) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), bytes);
    }
    // Sets are marshalled in the order of their hashes.
    const env = { PATH: process.env.PATH, PYTHONHASHSEED: "0" };
    const paths = sources.map(({ path }) => path);
    execFileSync(interpreter.executable, ["-s", "-c", program, folder, ...paths], { env });
    return sources.map(({ path }) => ({
      path: join(dirname(path), "__pycache__", `${basename(path, ".py")}.${tag}.pyc`),
      bytes: readFileSync(join(folder, `${path}c`)),
      executable: false,
    }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
