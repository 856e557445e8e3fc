import {
  appendFileSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { ClientLine } from "../types.ts";
import { builtAddon, clientVersions } from "./addon.ts";
import { LocalError } from "./local-error.ts";
import { nodeBinary } from "./node-binary.ts";
import { npmPackage } from "./npm-package.ts";
import { ownTransportSource } from "./own-transport.ts";
import type { PreparedRuntime, RuntimeFamily, RuntimeRequest } from "./runtime-family.ts";

export const nodeFamily: RuntimeFamily = {
  matches: /^nodejs(20|22|24|26)\.x$/,
  prepare,
};

/** The managed runtime of Node 22 starts it so; later ones do not. */
const extraFlags: Record<number, string[]> = {
  22: ["--no-experimental-require-module", "--no-experimental-detect-module"],
};

async function prepare(request: RuntimeRequest): Promise<PreparedRuntime> {
  const major = Number(/\d+/.exec(request.runtime)?.[0]);
  const binds: PreparedRuntime["binds"] = [];
  const runtimeFolder = join(request.varFolder, "runtime");
  const binFolder = join(request.varFolder, "lang", "bin");
  mkdirSync(runtimeFolder, { recursive: true });
  mkdirSync(binFolder, { recursive: true });
  const [binary, client] = await Promise.all([nodeBinary(major), clientPackage(request.client)]);
  provideFile(binary.path, join(binFolder, "node"), "lang/bin/node", binds);
  installClient(request.client, client, runtimeFolder);
  const ownTransport = installTransport(request.transport, runtimeFolder);
  provideSdk(request.varFolder, binds);
  const { var: varPath, opt } = request.paths;
  const flags = ["--expose-gc", ...memoryFlags(request.memoryMb), ...(extraFlags[major] ?? [])];
  const searched = ["nodejs/node_modules", `nodejs/node${major}/node_modules`].map(
    (path) => `${opt}/${path}`,
  );
  return {
    command: [`${varPath}/lang/bin/node`, ...flags, `${varPath}/runtime/index.mjs`],
    environment: {
      NODE_PATH: [
        ...searched,
        `${varPath}/runtime/node_modules`,
        `${varPath}/runtime`,
        `${varPath}/task`,
      ].join(":"),
    },
    binds,
    ownTransport,
  };
}

/** As the managed runtimes' bootstrap works them out. */
function memoryFlags(memoryMb: number): string[] {
  const newSpace = Math.floor(memoryMb / 10);
  return [`--max-semi-space-size=${Math.floor(newSpace / 2)}`, `--max-old-space-size=${memoryMb - newSpace}`];
}

function clientPackage(line: ClientLine): Promise<string> {
  const version = clientVersions[line];
  return npmPackage("aws-lambda-ric", version, `Lambda's runtime client ${version}`);
}

function installClient(line: ClientLine, client: string, runtimeFolder: string): void {
  const index = join(runtimeFolder, "index.mjs");
  if (line === 4) {
    copyFileSync(join(client, "index.mjs"), index);
    return;
  }
  // The older line only exports `run`; the managed runtimes' copy calls it in the same file.
  copyFileSync(join(client, "dist", "index.mjs"), index);
  appendFileSync(index, "\nawait run(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER);\n");
}

function installTransport(wanted: RuntimeRequest["transport"], runtimeFolder: string): boolean {
  const addon = wanted === "own" ? undefined : builtAddon();
  const target = join(runtimeFolder, "rapid-client.node");
  if (addon !== undefined) {
    copyFileSync(addon, target);
    return false;
  }
  if (wanted === "addon") {
    throw new LocalError(
      "LocalAddon",
      "The runtime client's addon is asked for, but it has not been built",
      "Run `npm run build:addon` (needs g++, cmake, make, python3), or let transport be auto.",
    );
  }
  if (wanted === "auto") tellOnce();
  mkdirSync(target);
  writeFileSync(join(target, "index.js"), ownTransportSource);
  return true;
}

let told = false;

function tellOnce(): void {
  if (told) return;
  told = true;
  process.stderr.write(
    "lambda-coverage: the runtime client runs without its addon, on a transport of ours; `npm run build:addon` builds it\n",
  );
}

/** The managed runtimes bring the AWS SDK; ours is the one that is installed beside this package. */
function provideSdk(varFolder: string, binds: PreparedRuntime["binds"]): void {
  const installed = installedModules();
  if (installed === undefined) return;
  const host = join(varFolder, "runtime", "sdk", "node_modules");
  const modules = join(varFolder, "runtime", "node_modules");
  mkdirSync(host, { recursive: true });
  mkdirSync(modules, { recursive: true });
  for (const scope of ["@aws-sdk", "@smithy"]) {
    symlinkSync(join("..", "sdk", "node_modules", scope), join(modules, scope));
  }
  symlinkSync(join("runtime", "node_modules"), join(varFolder, "node_modules"));
  binds.push({ from: installed, to: "runtime/sdk/node_modules" });
}

function installedModules(): string | undefined {
  const require = createRequire(import.meta.url);
  const found = require.resolve
    .paths("@aws-sdk/client-s3")
    ?.find((folder) => existsSync(join(folder, "@aws-sdk", "client-s3")));
  return found;
}

/** A hard link costs nothing; across file systems it takes a bind. */
function provideFile(from: string, target: string, to: string, binds: PreparedRuntime["binds"]): void {
  try {
    linkSync(from, target);
  } catch {
    writeFileSync(target, "");
    binds.push({ from, to });
  }
}
