/**
 * Loads the user's handler as the runtime client that runs us would, error for error. Two client lines are
 * about: the newest (aws-lambda-ric 4, nodejs24.x) imports, the one before (3, nodejs22.x) requires first.
 * https://github.com/aws/aws-lambda-nodejs-runtime-interface-client
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join, resolve } from "node:path";
import type { ClientLine } from "./client-line.ts";
import { importCjsHandler } from "./import-cjs-handler.ts";
import { isTypeModule } from "./package-type.ts";

export type Handler = (...args: unknown[]) => unknown;

/**
 * Load errors end in the function's error payload and log: they are the client's, down to where the name
 * sits. Line 3 has it on the prototype, where V8 finds it for the trace's first line; line 4 sets it later.
 */
function handlerError(
  kind: "HandlerNotFound" | "MalformedHandlerName",
  message: string,
  line: ClientLine,
): Error {
  const className = line === 3 ? kind : `${kind}Error`;
  const { [className]: Type } = { [className]: class extends Error {} } as Record<string, ErrorConstructor>;
  const ErrorType = Type as ErrorConstructor;
  if (line === 3) ErrorType.prototype.name = `Runtime.${kind}`;
  const error = new ErrorType(message);
  if (line === 4) error.name = `Runtime.${kind}`;
  return error;
}

export interface HandlerLocation {
  taskRoot: string;
  /** `_HANDLER` as the user set it: `folder/module.export.nested`. */
  handler: string;
  line: ClientLine;
  /** The client's main script: its path stands in the "Require stack" of errors. */
  mainScript: string;
}

export async function loadHandler(location: HandlerLocation): Promise<Handler> {
  const { handler, line } = location;
  if (handler.includes("..")) {
    throw handlerError(
      "MalformedHandlerName",
      `'${handler}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
      line,
    );
  }
  const { moduleRoot, moduleName, exportPath } = parseHandler(handler, line);
  const load = line === 3 ? loadByRequire : loadByImport;
  const loaded = await load(location, moduleRoot, moduleName);
  const found = line === 3 ? findIn(loaded, exportPath) : findInOrDefault(loaded, exportPath);
  if (!found) throw handlerError("HandlerNotFound", `${handler} is undefined or not exported`, line);
  if (typeof found !== "function") {
    throw handlerError("HandlerNotFound", `${handler} is not a function`, line);
  }
  return found as Handler;
}

export function parseHandler(
  handler: string,
  line: ClientLine,
): { moduleRoot: string; moduleName: string; exportPath: string } {
  const name = basename(handler);
  const match = /^([^.]*)\.(.*)$/.exec(name);
  if (match === null) throw handlerError("MalformedHandlerName", "Bad handler", line);
  const moduleRoot = handler.slice(0, handler.indexOf(name));
  return {
    moduleRoot: line === 3 ? moduleRoot : moduleRoot.replace(/\/$/, ""),
    moduleName: match[1] as string,
    exportPath: match[2] as string,
  };
}

type Load = (location: HandlerLocation, moduleRoot: string, moduleName: string) => Promise<unknown>;

const loadByImport: Load = async ({ taskRoot, mainScript }, moduleRoot, moduleName) => {
  const path = resolve(taskRoot, moduleRoot, moduleName);
  for (const extension of ["", ".js", ".mjs", ".cjs"]) {
    const file = path + extension;
    if (!existsSync(file)) continue;
    const loaded = importCjsHandler(file);
    if (loaded === undefined) return import(file);
    // The file may still be about to export: import() leaves it as many turns.
    for (let turn = 0; turn < 8; turn++) await undefined;
    return loaded;
  }
  const require = createRequire(mainScript);
  return require(require.resolve(moduleName, { paths: [taskRoot, join(taskRoot, moduleRoot)] }));
};

const loadByRequire: Load = async ({ taskRoot, mainScript }, moduleRoot, moduleName) => {
  const path = resolve(taskRoot, moduleRoot, moduleName);
  const require = createRequire(mainScript);
  const tryRequire = (file: string): unknown => (existsSync(file) ? require(file) : undefined);
  const tryImport = async (file: string): Promise<unknown> => (existsSync(file) ? import(file) : undefined);
  const bare = tryRequire(path);
  if (bare) return bare;
  const typeModule = existsSync(`${path}.js`) && isTypeModule(`${path}.js`, warnOfManifest);
  if (!typeModule) {
    const script = tryRequire(`${path}.js`);
    if (script) return script;
  }
  const loaded =
    (typeModule && (await tryImport(`${path}.js`))) ||
    (await tryImport(`${path}.mjs`)) ||
    tryRequire(`${path}.cjs`);
  return loaded || require(require.resolve(moduleName, { paths: [taskRoot, moduleRoot] }));
};

/** The client's own words: the user's log is to be the same. */
function warnOfManifest(manifest: string, error: unknown): boolean {
  console.warn(`${manifest} cannot be read, it will be ignored for ES module detection purposes.`, error);
  return false;
}

type Nested = Record<string, unknown> | undefined;

function findIn(loaded: unknown, exportPath: string): unknown {
  return exportPath
    .split(".")
    .reduce<unknown>((nested, key) => (nested ? (nested as Nested)?.[key] : nested), loaded);
}

function findInOrDefault(loaded: unknown, exportPath: string): unknown {
  const find = (root: unknown): unknown =>
    exportPath
      .split(".")
      .reduce<unknown>(
        (nested, key) => (nested && typeof nested === "object" ? (nested as Nested)?.[key] : undefined),
        root,
      );
  const found = find(loaded);
  if (found || typeof loaded !== "object" || loaded === null || !("default" in loaded)) return found;
  return find((loaded as { default: unknown }).default);
}
