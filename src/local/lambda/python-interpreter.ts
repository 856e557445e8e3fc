/** Finds an interpreter by its version's name; fetches none. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { LocalError } from "./local-error.ts";

const run = promisify(execFile);

export interface PythonInterpreter {
  /** The real program, no shim. */
  executable: string;
  /** Holds bin/ and lib/. */
  prefix: string;
  /** e.g. `3.12.1` */
  fullVersion: string;
}

const question =
  "import json, sys; print(json.dumps([sys.executable, sys.base_prefix, sys.version.split()[0], sys.prefix]))";

/** `python3.12` on the PATH, else among pyenv's versions. Rejects with a LocalError where there is none. */
export async function pythonInterpreter(version: string): Promise<PythonInterpreter> {
  const name = `python${version}`;
  const found = (await ask(name, {})) ?? (await askPyenv(name));
  if (found !== undefined) return found;
  throw new LocalError(
    "LocalPython",
    `There is no ${name} on this machine`,
    "Install it (python.org, pyenv, uv) so that it is on the PATH, or use another runtime.",
  );
}

async function ask(program: string, env: NodeJS.ProcessEnv): Promise<PythonInterpreter | undefined> {
  try {
    const { stdout } = await run(program, ["-c", question], { env: { ...process.env, ...env } });
    const [executable, prefix, fullVersion] = JSON.parse(stdout) as [string, string, string];
    return { executable, prefix, fullVersion };
  } catch {
    // Not there, or a shim of pyenv for a version that is not switched on.
    return undefined;
  }
}

async function askPyenv(name: string): Promise<PythonInterpreter | undefined> {
  try {
    const { stdout } = await run("pyenv", ["whence", name]);
    const newest = stdout.trim().split("\n").at(-1) ?? "";
    return await ask(name, { PYENV_VERSION: newest });
  } catch {
    return undefined; // No pyenv, or it does not know the version.
  }
}

/** The interpreter with arguments; what it said where it fails. */
export async function runPython(interpreter: PythonInterpreter, args: string[], what: string): Promise<void> {
  try {
    await run(interpreter.executable, args, { maxBuffer: 64 * 1024 * 1024 });
  } catch (error) {
    const { stderr = "", message } = error as Error & { stderr?: string };
    const reason = stderr.trim().split("\n").slice(-8).join("\n") || message;
    throw new LocalError(
      "LocalInstall",
      `${what} could not be installed by pip: ${reason}`,
      "Check that pip reaches its index; what it installs is kept in the cache (LAMBDA_COVERAGE_CACHE).",
    );
  }
}
