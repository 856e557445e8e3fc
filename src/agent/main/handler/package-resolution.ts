/**
 * `import "lambda-coverage-layer"` in an ES module: Lambda offers a layer's packages by NODE_PATH, which only
 * `require` reads. Where the function is an ES module, a resolve hook finds what its own folders have not.
 */
import { existsSync } from "node:fs";
import { Module } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { isTypeModule } from "./package-type.ts";

const packageName = "lambda-coverage-layer";

type Resolve = (specifier: string, context?: object) => { url: string };
/** Node 22.15 on; not in the types of the oldest Node that we support. */
type RegisterHooks = (hooks: {
  resolve(specifier: string, context: object, next: Resolve): { url: string };
}) => void;

export function resolvePackageFromLayer(layerRoot: string, taskRoot: string, handler: string): void {
  const { registerHooks } = Module as unknown as { registerHooks?: RegisterHooks };
  const face = join(layerRoot, "nodejs/node_modules", packageName, "index.mjs");
  if (registerHooks === undefined || !isEsModule(taskRoot, handler) || !existsSync(face)) return;
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier !== packageName) return next(specifier, context);
      try {
        return next(specifier, context);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
        return next(pathToFileURL(face).href, context);
      }
    },
  });
}

/** By the handler's file alone: a CommonJS function is not to pay for a hook at each `require`. */
function isEsModule(taskRoot: string, handler: string): boolean {
  const file = resolve(taskRoot, dirname(handler), basename(handler).replace(/\..*$/, ""));
  return existsSync(`${file}.mjs`) || (existsSync(`${file}.js`) && isTypeModule(file, () => false));
}
