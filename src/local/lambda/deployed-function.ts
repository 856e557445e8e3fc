/** A function as it lies ready on disk: code, layers, runtime; every sandbox of it starts from here. */
import { cpSync, existsSync, mkdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import type { LocalFunctionConfig } from "../types.ts";
import { detectIsolation, type SandboxFolders, sandboxPaths } from "./launch.ts";
import { LocalError } from "./local-error.ts";
import { familyOf, type PreparedRuntime } from "./runtime-family.ts";
import { unzip } from "./unzip.ts";

export interface DeployedFunction {
  config: LocalFunctionConfig & { timeoutSeconds: number; memoryMb: number };
  runtime: PreparedRuntime;
  folders: Omit<SandboxFolders, "tmp">;
  codeBytes: number;
  deployedAt: string;
}

export async function deployFunction(
  config: LocalFunctionConfig,
  folder: string,
  transport: "addon" | "own" | "auto",
): Promise<DeployedFunction> {
  checkConfig(config);
  const memoryMb = config.memoryMb ?? 128;
  const varFolder = join(folder, "var");
  const opt = join(folder, "opt");
  mkdirSync(varFolder, { recursive: true });
  const { isolation } = detectIsolation();
  const binds = await provideCode(resolve(config.code), join(varFolder, "task"), isolation === "namespace");
  const optFolder = await provideLayers(config.layers ?? [], opt);
  const paths = sandboxPaths({ var: varFolder, opt: optFolder, tmp: "", binds: [] }, isolation);
  const family = familyOf(config.runtime);
  const runtime = await family.prepare({
    runtime: config.runtime,
    client: config.client ?? 4,
    transport,
    memoryMb,
    varFolder,
    paths,
  });
  if (isolation === "rewritten") linkBinds(runtime.binds, varFolder);
  return {
    config: { ...config, memoryMb, timeoutSeconds: config.timeoutSeconds ?? 3 },
    runtime,
    folders: { var: varFolder, opt: optFolder, binds: [...binds, ...runtime.binds] },
    codeBytes: statSync(config.code).size,
    deployedAt: new Date().toISOString(),
  };
}

function checkConfig(config: LocalFunctionConfig): void {
  for (const path of [config.code, ...(config.layers ?? [])]) {
    if (!existsSync(path))
      throw new LocalError(
        "LocalPath",
        `${config.name}: ${path} does not exist`,
        "Build it, or correct the path.",
      );
  }
  if (!/^[A-Za-z0-9-_]{1,64}$/.test(config.name)) {
    throw new LocalError(
      "LocalName",
      `${config.name} is not a function name`,
      "Use 1 to 64 letters, digits, - and _.",
    );
  }
  if (config.handler === "")
    throw new LocalError(
      "LocalHandler",
      `${config.name} has no handler`,
      "Name it as on Lambda: file.export.",
    );
}

/** A zip is unpacked; a folder is bound where it lies, so that a rebuilt function is seen by new sandboxes. */
async function provideCode(code: string, task: string, bind: boolean): Promise<SandboxFolders["binds"]> {
  if (statSync(code).isFile()) {
    mkdirSync(task);
    await unzip(code, task);
    return [];
  }
  if (!bind) {
    // Not a link: modules are known by their real paths, and those must lie in the task root.
    cpSync(code, task, { recursive: true, verbatimSymlinks: true });
    return [];
  }
  mkdirSync(task);
  return [{ from: code, to: "task" }];
}

/** The folder that plays /opt: a single folder layer as it is, else all layers in order, one over the other. */
async function provideLayers(layers: string[], opt: string): Promise<string> {
  const [only] = layers;
  if (layers.length === 1 && only !== undefined && statSync(only).isDirectory()) return resolve(only);
  mkdirSync(opt);
  for (const layer of layers) {
    if (statSync(layer).isDirectory()) cpSync(layer, opt, { recursive: true, verbatimSymlinks: true });
    else await unzip(layer, opt);
  }
  return opt;
}

function linkBinds(binds: SandboxFolders["binds"], varFolder: string): void {
  for (const { from, to } of binds.splice(0)) {
    const target = join(varFolder, to);
    rmSync(target, { recursive: true, force: true });
    symlinkSync(from, target);
  }
}
