/** Which of V8's scripts are the user's: files below the task root or a layer, not excluded by a pattern. */
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
  const roots = [options.taskRoot, options.layerRoot].map(folderPrefix);
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

const folderPrefix = (folder: string): string => `${folder.replace(/\/+$/, "")}/`;

/**
 * Relative to the task root, or absolute outside it. V8's paths are normalised; `node:path` would do that anew
 * for each script of each invocation.
 */
export function deployedPath(file: string, taskRoot: string): string {
  const root = folderPrefix(taskRoot);
  return file.startsWith(root) ? file.slice(root.length) : file;
}

/**
 * What import-in-the-middle, the loader hook of OpenTelemetry and Datadog, generates in front of each module
 * that it watches: under the module's name, but no code of the user's.
 */
const isGenerated = (url: string): boolean => /[?&]iitm=/.test(url);

function fileOfUrl(url: string): string | undefined {
  if (url.startsWith("/")) return url;
  if (!url.startsWith("file:///") || isGenerated(url)) return undefined;
  try {
    return fileURLToPath(url);
  } catch {
    return undefined; // e.g. %2F in the path: not a file that Node loaded.
  }
}
