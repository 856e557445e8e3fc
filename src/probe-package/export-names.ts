/** The names that an `import` of a CommonJS file sees: Node.js reads them out of its text, and of what it re-exports. */
import { realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { isAbsolute, join, sep } from "node:path";
import { initSync, parse } from "cjs-module-lexer";
import { ProbePackageError } from "./probe-package-error.ts";

export interface CommonJsFiles {
  /** The package's. */
  root: string;
  /** By relative path; undefined: it is no CommonJS file. */
  textOf(path: string): string | undefined;
}

/**
 * As `cjsPreparseModuleExports` in Node.js's lib/internal/modules/esm/translators.js: in the order found, without
 * `default`, which always is `module.exports`. Throws `ReexportsUnknown` where a re-exported module is not in the
 * package: only Lambda knows its names.
 */
export function exportNames(path: string, files: CommonJsFiles): string[] {
  const names = new Set<string>();
  const seen = new Set<string>();
  collect(path, files, names, seen);
  names.delete("default");
  return [...names];
}

function collect(path: string, files: CommonJsFiles, names: Set<string>, seen: Set<string>): void {
  if (seen.has(path)) return;
  seen.add(path);
  const text = files.textOf(path);
  if (text === undefined) return;
  const { exports, reexports } = namesIn(text);
  for (const name of exports) names.add(name);
  for (const specifier of reexports) {
    const found = resolved(path, specifier, files.root);
    if (found !== undefined) collect(found, files, names, seen);
  }
}

function namesIn(text: string): { exports: string[]; reexports: string[] } {
  initSync();
  try {
    return parse(text);
  } catch {
    return { exports: [], reexports: [] }; // As Node.js does.
  }
}

/** Undefined: a builtin, which Node.js takes no names from, or a file that is not there. */
function resolved(path: string, specifier: string, root: string): string | undefined {
  const file = resolveFrom(join(root, path), specifier);
  // No layer can put a file beside the function's own.
  if (file === undefined ? /^\.{0,2}\//.test(specifier) : !isAbsolute(file)) return undefined;
  const real = file === undefined ? "" : realpathSync(file);
  if (real.startsWith(root + sep)) return real.slice(root.length + 1).replaceAll(sep, "/");
  throw new ProbePackageError(
    "ReexportsUnknown",
    `${path} re-exports ${specifier}, which is not in the package, so the names that an import of it sees are not known`,
    `It stays as it is and its coverage is unknown; bundle the function, or put ${specifier} into the package.`,
  );
}

function resolveFrom(file: string, specifier: string): string | undefined {
  try {
    return createRequire(file).resolve(specifier);
  } catch {
    return undefined;
  }
}
