/**
 * `npm run test:python`: ruff, mypy and pytest over python/, in a virtual environment of its own (python/.venv),
 * with the newest Python of the layer's that is at hand.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { layerRuntimes } from "../src/contract/runtimes.ts";
import { pythonInterpreter } from "../src/local/lambda/python-interpreter.ts";

const folder = join(dirname(fileURLToPath(import.meta.url)), "..", "python");
const requirements = readFileSync(join(folder, "requirements-dev.txt"), "utf8");

async function newestInterpreter(): Promise<string> {
  for (const runtime of layerRuntimes.python.toReversed()) {
    const found = await pythonInterpreter(runtime.slice("python".length)).catch(() => undefined);
    if (found !== undefined) return found.executable;
  }
  throw new Error("no python3.9 or later on this machine");
}

/** Made anew when the requirements change. */
async function virtualEnvironment(): Promise<string> {
  const path = join(folder, ".venv");
  const mark = join(path, "requirements-dev.txt");
  if (existsSync(mark) && readFileSync(mark, "utf8") === requirements) return join(path, "bin");
  rmSync(path, { recursive: true, force: true });
  execFileSync(await newestInterpreter(), ["-m", "venv", path], { stdio: "inherit" });
  const install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
  const file = join(folder, "requirements-dev.txt");
  execFileSync(join(path, "bin", "python"), [...install, "-r", file], { stdio: "inherit" });
  writeFileSync(mark, requirements);
  return join(path, "bin");
}

const bin = await virtualEnvironment();
const steps = [
  ["ruff", "check", "."],
  ["ruff", "format", "--check", "."],
  ["mypy"],
  ["pytest", "-q", ...process.argv.slice(2)],
];
let failed = false;
for (const [program, ...args] of steps as [string, ...string[]][]) {
  const { status } = spawnSync(join(bin, program), args, { cwd: folder, stdio: "inherit" });
  if (status !== 0) failed = true;
}
process.exit(failed ? 1 : 0);
