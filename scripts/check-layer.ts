/**
 * `npm run check:layer`: holds the built layer against its promises. Reads the zip, not the build's folder:
 * what is uploaded is what is checked. Prints one line per promise; exits 1 where one is broken.
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
import { builtinModules } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Metafile } from "esbuild";
import { readZip, type UnpackedFile } from "./layer-zip.ts";

const maxAgentBytes = 62 * 1024;
const maxZipBytes = 1024 * 1024;
/** The face is loaded by user code at init; the worker's code is inside it as text. */
const maxFaceBytes = 120 * 1024;

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const dist = join(root, "dist");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
const zipPath = join(dist, `lambda-coverage-layer-${version}.zip`);

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

/** Inputs and externals of a bundle, as esbuild saw them. */
function strayInputs(metafile: Metafile, allowed: RegExp): string | undefined {
  const stray = Object.keys(metafile.inputs).filter((input) => !allowed.test(input));
  return stray.length === 0 ? undefined : `also bundles ${stray.join(", ")}`;
}

function strayExternals(metafile: Metafile, allowed: (path: string) => boolean): string | undefined {
  const externals = Object.values(metafile.outputs).flatMap(({ imports }) =>
    imports.filter(({ external }) => external).map(({ path }) => path),
  );
  const stray = [...new Set(externals)].filter((path) => !allowed(path));
  return stray.length === 0 ? undefined : `also imports ${stray.join(", ")}`;
}

const isNode = (path: string): boolean => path.startsWith("node:");
const isBuiltin = (path: string): boolean => isNode(path) || builtinModules.includes(path);

function unpack(files: Map<string, UnpackedFile>, folder: string): void {
  for (const [name, { bytes, mode }] of files) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
    chmodSync(path, mode);
  }
}

/** In a process of its own, with nothing but the unzipped layer to resolve from. */
function runNode(args: string[], cwd: string): string | undefined {
  try {
    const printed = execFileSync(process.execPath, args, {
      cwd,
      env: { PATH: process.env.PATH },
      encoding: "utf8",
    });
    return printed.trim() === "function" ? undefined : `coverageHandler is ${printed.trim()}`;
  } catch (error) {
    return String((error as { stderr?: string }).stderr ?? error).slice(0, 500);
  }
}

function checkAgent(files: Map<string, UnpackedFile>, metafile: Metafile): void {
  const agentFiles = ["preload.cjs", "handler.mjs", "redirect.mjs", "worker.cjs", "both-threads.cjs"];
  const bytes = agentFiles.reduce(
    (sum, name) => sum + (files.get(`lambda-coverage/${name}`)?.bytes.length ?? 0),
    0,
  );
  check(
    `agent code loaded: ${(bytes / 1024).toFixed(1)} KB of ${maxAgentBytes / 1024} KB`,
    atMost(bytes, maxAgentBytes),
  );
  // health.cjs is loaded only where COVERAGE_HEALTH_CHECK_PATH asks for it.
  for (const name of [...agentFiles, "health.cjs"])
    check(`lambda-coverage/${name} is there`, missing(files, `lambda-coverage/${name}`));
  check(
    "the agent bundles src/agent and src/contract only",
    strayInputs(metafile, /^src\/(agent|contract)\//),
  );
  const ownFiles = ["./both-threads.cjs", "./health.cjs"];
  const atOnceOrLate = (path: string): boolean => isNode(path) || ownFiles.includes(path);
  check(`the agent imports node:* and ${ownFiles.join(", ")} only`, strayExternals(metafile, atOnceOrLate));
  const mode = files.get("coverage-wrapper")?.mode ?? 0;
  check(
    "coverage-wrapper has its run bits",
    (mode & 0o555) === 0o555 ? undefined : `mode ${mode.toString(8)}`,
  );
}

function missing(files: Map<string, UnpackedFile>, name: string): string | undefined {
  return files.has(name) ? undefined : "missing";
}

const packagePath = "nodejs/node_modules/lambda-coverage-layer";

function checkFace(files: Map<string, UnpackedFile>, metafiles: Record<string, Metafile>): void {
  if (metafiles.face === undefined) {
    check("the package's face is in the layer", "src/api/index.ts is missing");
    return;
  }
  for (const name of ["index.cjs", "index.mjs"]) {
    const bytes = files.get(`${packagePath}/${name}`)?.bytes.length ?? Number.POSITIVE_INFINITY;
    check(
      `${name}: ${(bytes / 1024).toFixed(1)} KB of ${maxFaceBytes / 1024} KB`,
      atMost(bytes, maxFaceBytes),
    );
  }
  const light = /^(src\/(api|agent|contract)\/|package\.json$)/;
  check("the face bundles api, agent and contract only", strayInputs(metafiles.face, light));
  check(
    "the face imports node:* at once and ./tools.cjs late",
    strayExternals(metafiles.face, (path) => isNode(path) || path === "./tools.cjs"),
  );
  if (metafiles.tools !== undefined) {
    const late = (path: string): boolean => isBuiltin(path) || /^@(aws-sdk|smithy)\//.test(path);
    check("the tools take the AWS SDK from the runtime", strayExternals(metafiles.tools, late));
  }
  const folder = mkdtempSync(join(tmpdir(), "check-layer-"));
  try {
    unpack(files, folder);
    const nodejs = join(folder, "nodejs");
    const require = `console.log(typeof require("lambda-coverage-layer").coverageHandler)`;
    check("CommonJS requires it from the unzipped layer", runNode(["-e", require], nodejs));
    const importing = `import { coverageHandler } from "lambda-coverage-layer"; console.log(typeof coverageHandler)`;
    check(
      "ESM imports it from the unzipped layer",
      runNode(["--input-type=module", "-e", importing], nodejs),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (!existsSync(zipPath)) {
  console.error(`${zipPath} is not there: run npm run build:layer first`);
  process.exit(1);
}
const metafiles = JSON.parse(readFileSync(join(dist, "layer-meta.json"), "utf8")) as Record<string, Metafile>;
const files = await readZip(zipPath);
const zipBytes = statSync(zipPath).size;
check(`zip: ${(zipBytes / 1024).toFixed(1)} KB of ${maxZipBytes / 1024} KB`, atMost(zipBytes, maxZipBytes));
const digest = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");
const same = digest(zipPath) === digest(join(dist, "lambda-coverage-layer-latest.zip"));
check("latest.zip is this version's zip", same ? undefined : "it is another one; build again");
checkAgent(files, metafiles.agent as Metafile);
checkFace(files, metafiles);
process.exit(broken === 0 ? 0 : 1);
