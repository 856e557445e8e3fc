/** The files to probe, as they lie on disk, with what only the whole package tells of each. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Original } from "./copied-file.ts";
import { exportNames } from "./export-names.ts";
import { importGraph, modulesInCycles } from "./import-cycles.ts";
import { type KindOf, moduleKinds } from "./module-kind.ts";
import { ownSourceMap } from "./own-source-map.ts";
import { isScript } from "./package-tree.ts";
import { ProbePackageError, systemCode } from "./probe-package-error.ts";

export class Originals {
  readonly #root: string;
  readonly #kindOf: KindOf;
  readonly #inCycles: Set<string>;

  constructor(root: string, chosen: readonly string[]) {
    this.#root = root;
    this.#kindOf = moduleKinds(root);
    const modules = chosen.filter((path) => this.#kindOf(path) === "module");
    this.#inCycles = modulesInCycles(importGraph(root, modules, (path) => this.#textOf(path, "module")));
  }

  isInCycle(path: string): boolean {
    return this.#inCycles.has(path);
  }

  /** Throws a ProbePackageError where the file cannot have a copy. */
  read(path: string): Original {
    const kind = this.#kindOf(path);
    if (kind === undefined) {
      throw new ProbePackageError(
        "BadPackageJson",
        `the package.json that says whether ${path} is an ES module does not parse`,
        "Correct it: Node.js refuses the file, too.",
      );
    }
    const bytes = this.#bytesOf(path);
    const text = decode(bytes);
    const original = { path, bytes, text, kind, sourceMap: ownSourceMap(join(this.#root, path), text) };
    if (kind === "module") return original;
    const files = { root: this.#root, textOf: (other: string) => this.#textOf(other, "commonjs") };
    return { ...original, exports: exportNames(path, files) };
  }

  #bytesOf(path: string): Buffer {
    try {
      return readFileSync(join(this.#root, path));
    } catch (error) {
      throw new ProbePackageError(
        "FileUnreadable",
        `${path} cannot be read: ${systemCode(error) ?? (error as Error).message}`,
        "Allow its reading; what packs the function needs it, too.",
        error,
      );
    }
  }

  #textOf(path: string, kind: "module" | "commonjs"): string | undefined {
    if (!isScript(path) || this.#kindOf(path) !== kind) return undefined;
    try {
      return decode(readFileSync(join(this.#root, path)));
    } catch {
      return undefined; // Said where the file itself is read.
    }
  }
}

/** Bytes that are no UTF-8 run as U+FFFD. */
function decode(bytes: Buffer): string {
  return bytes.toString("utf8").replace(/^\uFEFF/, "");
}
