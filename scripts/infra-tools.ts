/** Installs the Python tools of tests/infra into .cache/infra-tools, once for each state of their list. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("../", import.meta.url));
const requirements = join(repository, "tests/infra/requirements.txt");
const folder = join(repository, ".cache/infra-tools");
const stamp = join(folder, "installed.txt");

const wanted = readFileSync(requirements, "utf8");
if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) {
  console.log("infrastructure test tools: all there");
} else {
  rmSync(folder, { recursive: true, force: true });
  console.log("installing the infrastructure test tools into .cache/infra-tools …");
  execFileSync("python3", ["-m", "venv", folder], { stdio: "inherit" });
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements];
  execFileSync(join(folder, "bin/python"), pip, { stdio: "inherit" });
  writeFileSync(stamp, wanted);
}
