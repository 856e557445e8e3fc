/** Whether Node.js loads a file as CommonJS or as an ES module: by extension and the nearest package.json. */
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { ModuleKind } from "../contract/probe-manifest.ts";

/** Undefined: the package.json that would tell does not parse, and Node.js refuses the file, too. */
export type KindOf = (path: string) => ModuleKind | undefined;

/** `root`: the package's. Above it Lambda has no package.json, whatever lies there on this machine. */
export function moduleKinds(root: string): KindOf {
  const byFolder = new Map<string, ModuleKind | undefined>();
  const kindIn = (folder: string): ModuleKind | undefined => {
    if (!byFolder.has(folder)) byFolder.set(folder, readKind(root, folder, kindIn));
    return byFolder.get(folder);
  };
  return (path) => {
    if (path.endsWith(".mjs")) return "module";
    return path.endsWith(".cjs") ? "commonjs" : kindIn(dirname(path));
  };
}

/** https://nodejs.org/api/esm.html#resolution-algorithm-specification, LOOKUP_PACKAGE_SCOPE */
function readKind(root: string, folder: string, kindIn: (folder: string) => ModuleKind | undefined) {
  if (basename(folder) === "node_modules") return "commonjs";
  const file = join(root, folder, "package.json");
  if (!existsSync(file)) return folder === "." ? "commonjs" : kindIn(dirname(folder));
  try {
    const { type } = JSON.parse(readFileSync(file, "utf8")) as { type?: unknown };
    return type === "module" ? "module" : "commonjs";
  } catch {
    return undefined;
  }
}
