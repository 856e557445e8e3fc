/**
 * `npm run build:layer:python`: dist/lambda-coverage-layer-python-{<version>,latest}.zip, the same bytes for
 * the same sources. One zip for every Python version and architecture: coverage.py's C tracers carry both in
 * their file names, so all of them lie side by side (docs/decisions/python-layer-zip.md).
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { layerName } from "../src/contract/runtimes.ts";
import { readZip, writeZip, type ZipEntry } from "./layer-zip.ts";
import { bytecodeOf } from "./python-bytecode.ts";
import { pythonWheels } from "./python-wheels.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const dist = join(root, "dist");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };

/** Only for coverage.py's own html report and for type checkers; the licence stays. */
const leftOut = /\/htmlfiles\/|\.pyi$|\/py\.typed$|\.dist-info\/(?!METADATA|licenses\/|LICENSE)/;

async function coverageFiles(): Promise<ZipEntry[]> {
  const files = new Map<string, ZipEntry>();
  for (const wheel of pythonWheels()) {
    for (const [name, { bytes }] of await readZip(wheel)) {
      const path = `python/${name}`;
      if (leftOut.test(path)) continue;
      const known = files.get(path);
      if (known !== undefined && !known.bytes.equals(bytes)) {
        throw new Error(`${name} differs between wheels: one folder cannot serve them all`);
      }
      files.set(path, { path, bytes, executable: false });
      // The agent's own copy: see _load_tracer in python/coverage_wrapper/_agent/collector.py.
      const own = path.replace("python/coverage/tracer.", "python/coverage_wrapper/_agent/tracer.");
      if (own !== path && path.endsWith(".so")) files.set(own, { path: own, bytes, executable: false });
    }
  }
  return [...files.values()];
}

function wrapperFiles(): ZipEntry[] {
  const folder = join(root, "python");
  return readdirSync(join(folder, "coverage_wrapper"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".py"))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ path: `python/${relative(folder, file)}`, bytes: sourceOf(file), executable: false }));
}

function sourceOf(file: string): Buffer {
  if (!file.endsWith("_version.py")) return readFileSync(file);
  return Buffer.from(`__version__ = "${version}"\n`);
}

/** The Node.js layer's wrapper up to its last decision (on or off, sampled in or out), then ours. */
function execWrapper(): ZipEntry {
  const shared = readFileSync(join(root, "layer", "coverage-wrapper"), "utf8");
  const decisions = /^[\s\S]*?^case "\$COVERAGE_SAMPLE_RATE" in\n[\s\S]*?^esac\n/m.exec(shared);
  if (decisions === null)
    throw new Error("layer/coverage-wrapper: its decision about sampling was not found");
  const head = `${decisions[0].replace(/^agent=.*\n\n?/m, "")}\n`;
  const bytes = Buffer.from(head + readFileSync(join(root, "python", "layer", "start-agent.sh"), "utf8"));
  return { path: "coverage-wrapper", bytes, executable: true };
}

/** coverage.py's lies beside its metadata, as the wheel has it. */
const licence: ZipEntry = {
  path: "python/coverage_wrapper/LICENSE",
  bytes: readFileSync(join(root, "LICENSE")),
  executable: false,
};

const own = wrapperFiles();
const coverage = await coverageFiles();
/** At every start; and coverage.py's parser with all that its import brings along, once per source. */
const compiled =
  /\/_agent\/.*\.py$|\/wrapper\.py$|coverage_wrapper\/__init__\.py$|^python\/coverage\/\w+\.py$/;
const bytecode = await bytecodeOf([...own, ...coverage].filter(({ path }) => compiled.test(path)));
const bytes = await writeZip([execWrapper(), licence, ...own, ...bytecode.entries, ...coverage]);
mkdirSync(dist, { recursive: true });
for (const name of [version, "latest"]) {
  // By a rename: tests may be reading the one before.
  const path = join(dist, `${layerName.python}-${name}.zip`);
  writeFileSync(`${path}.${process.pid}`, bytes);
  renameSync(`${path}.${process.pid}`, path);
}
const sha256 = createHash("sha256").update(bytes).digest("hex");
if (bytecode.missing.length > 0) {
  console.log(
    `no interpreter here for ${bytecode.missing.join(", ")}: they compile the agent at each cold start`,
  );
}
console.log(
  `dist/${layerName.python}-${version}.zip ${(bytes.length / 1024).toFixed(1)} KB sha256 ${sha256}`,
);
// Its checksum and bill of materials, so that neither is ever another build's.
await import("./describe-layer.ts");
