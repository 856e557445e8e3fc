/** Which of V8's scripts are the user's: files below the task root or a layer, not excluded by a pattern. */
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { matchesGlob } from "./glob.ts";

export interface ScriptFilter {
  /** Absolute path of the script's file, or undefined where it is not collected. */
  fileOf(scriptId: string, url: string): string | undefined;
}

export interface ScriptFilterOptions {
  taskRoot: string;
  /** Where layers lie: `/opt`. */
  layerRoot: string;
  /** The agent's own folders, as prefixes. */
  own: readonly string[];
  excludePatterns: readonly string[];
}

export function createScriptFilter(options: ScriptFilterOptions): ScriptFilter {
  const roots = [options.taskRoot, options.layerRoot].map((root) => `${root.replace(/\/+$/, "")}/`);
  const decide = (url: string): string | undefined => {
    const file = fileOfUrl(url);
    if (file === undefined || !roots.some((root) => file.startsWith(root))) return undefined;
    if (options.own.some((prefix) => file.startsWith(prefix))) return undefined;
    const path = deployedPath(file, options.taskRoot);
    return options.excludePatterns.some((pattern) => matchesGlob(path, pattern)) ? undefined : file;
  };
  const decided = new Map<string, string | undefined>();
  return {
    fileOf(scriptId, url) {
      if (!decided.has(scriptId)) decided.set(scriptId, decide(url));
      return decided.get(scriptId);
    },
  };
}

/** Relative to the task root, or absolute outside it. */
export function deployedPath(file: string, taskRoot: string): string {
  const path = relative(taskRoot, file);
  return path.startsWith("../") ? file : path;
}

function fileOfUrl(url: string): string | undefined {
  if (url.startsWith("/")) return url;
  if (!url.startsWith("file:///")) return undefined;
  try {
    return fileURLToPath(url);
  } catch {
    return undefined; // e.g. %2F in the path: not a file that Node loaded.
  }
}
