/**
 * `npm run check:layer:python`: holds the built Python layer against its promises, by the zip itself. Prints
 * one line per promise; exits 1 where one is broken.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { layerName, layerRuntimes } from "../src/contract/runtimes.ts";
import { pythonPackages } from "../src/release/bundled-packages.ts";
import { readZip } from "./layer-zip.ts";
import { lockedVersion } from "./python-wheels.ts";

/** Twelve C tracers (six versions, two architectures), twice, and bytecode of each version. */
const maxZipBytes = 4 * 1024 * 1024;
/** Sources of what a cold start loads. */
const maxColdStartBytes = 75 * 1024;

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
const zipPath = join(root, "dist", `${layerName.python}-${version}.zip`);

let broken = 0;
function check(promise: string, problem: string | undefined): void {
  if (problem !== undefined) broken++;
  console.log(
    `${problem === undefined ? "ok    " : "BROKEN"} ${promise}${problem === undefined ? "" : `: ${problem}`}`,
  );
}

function atMost(bytes: number, limit: number): string | undefined {
  return bytes <= limit ? undefined : `${bytes} bytes are more than ${limit}`;
}

/** Imports in an interpreter of its own that sees the standard library and the unzipped layer only. */
const probe = `
import json, os, sys, threading, logging
before = set(sys.modules)
sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
import coverage_wrapper._agent.bootstrap
cold = sorted(set(sys.modules) - before)
from coverage_wrapper._agent.collector import create_collector
from coverage_wrapper._agent.sources import Sources
collector = create_collector(Sources("/nowhere", [], []), True)
import coverage_wrapper
faces = {name: callable(getattr(coverage_wrapper, name)) for name in coverage_wrapper.__all__ if name != "__version__"}
import coverage
theirs = coverage.Coverage(data_file=None, branch=True, config_file=False)
theirs.start()
theirs.stop()
print(json.dumps({
    "uncached": [n for n in cold if n.startswith("coverage") and not os.path.exists(sys.modules[n].__cached__)],
    "cold": cold,
    "files": [getattr(sys.modules[n], "__file__", None) for n in cold if n.startswith("coverage")],
    "collector": type(collector).__name__,
    "missing": [name for name, ok in faces.items() if not ok],
    "version": coverage_wrapper.__version__,
    "coverage": coverage.__version__,
    "their_tracer": theirs._collector.tracer_name(),
}))
`;

interface Probe {
  uncached: string[];
  cold: string[];
  files: string[];
  collector: string;
  missing: string[];
  version: string;
  coverage: string;
  their_tracer: string;
}

if (!existsSync(zipPath)) {
  console.error(`${zipPath} is not there: run npm run build:layer:python first`);
  process.exit(1);
}
const files = await readZip(zipPath);
const zipBytes = statSync(zipPath).size;
check(`zip: ${(zipBytes / 1024).toFixed(1)} KB of ${maxZipBytes / 1024} KB`, atMost(zipBytes, maxZipBytes));
const digest = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");
const latest = join(root, "dist", `${layerName.python}-latest.zip`);
check("latest.zip is this version's zip", digest(zipPath) === digest(latest) ? undefined : "build again");
const bundled = await pythonPackages(readFileSync(zipPath));
const unlicensed = bundled.filter(
  ({ name, version: of }) =>
    ![...files.keys()].some((file) => file.startsWith(`python/${name}-${of}.dist-info/licenses/`)),
);
const licensed =
  unlicensed.length === 0 && bundled.length > 0 && files.has("python/coverage_wrapper/LICENSE");
check("licence texts of all that it bundles", licensed ? undefined : JSON.stringify(unlicensed));
const mode = files.get("coverage-wrapper")?.mode ?? 0;
check("coverage-wrapper has its run bits", (mode & 0o555) === 0o555 ? undefined : `mode ${mode.toString(8)}`);
for (const runtime of layerRuntimes.python) {
  const abi = runtime.replace("python", "").replace(".", "");
  const tracers = ["x86_64", "aarch64"].map(
    (machine) => `python/coverage/tracer.cpython-${abi}-${machine}-linux-gnu.so`,
  );
  const missing = tracers.filter((tracer) => !files.has(tracer));
  check(
    `${runtime} has its C tracer for x86_64 and arm64`,
    missing.length === 0 ? undefined : `no ${missing.join(", ")}`,
  );
}

const folder = mkdtempSync(join(tmpdir(), "check-python-layer-"));
try {
  for (const [name, { bytes, mode: fileMode }] of files) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
    chmodSync(path, fileMode);
  }
  const printed = execFileSync("python3", ["-I", "-c", probe, join(folder, "python")], { encoding: "utf8" });
  const result = JSON.parse(printed) as Probe;
  check(
    `version ${version}, coverage.py ${lockedVersion()}`,
    result.version === version && result.coverage === lockedVersion()
      ? undefined
      : `${result.version}, ${result.coverage}`,
  );
  check(
    "the unzipped layer's C tracer loads",
    result.collector === "TracerCollector" ? undefined : result.collector,
  );
  check(
    "coverage.py itself works beside it, by its own C tracer",
    result.their_tracer === "CTracer" ? undefined : result.their_tracer,
  );
  check(
    "every public name is there",
    result.missing.length === 0 ? undefined : `no ${result.missing.join(", ")}`,
  );
  const heavy = ["coverage", "boto3", "ssl", "http.client", "hashlib", "socket", "typing", "dataclasses"];
  const loaded = heavy.filter((name) => result.cold.includes(name));
  check(
    "a cold start loads no heavy module",
    loaded.length === 0 ? undefined : `it loads ${loaded.join(", ")}`,
  );
  check(
    "a cold start finds its bytecode",
    result.uncached.length === 0 ? undefined : `none for ${result.uncached.join(", ")}`,
  );
  const bytes = result.files.reduce((sum, file) => sum + statSync(file).size, 0);
  check(
    `agent code at cold start: ${(bytes / 1024).toFixed(1)} KB of ${maxColdStartBytes / 1024} KB`,
    atMost(bytes, maxColdStartBytes),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(broken === 0 ? 0 : 1);
