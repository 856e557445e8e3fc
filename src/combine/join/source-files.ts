/** All original sources of a report: by path, and per path by the text that was deployed. */
import type { FileCoverageData } from "istanbul-lib-coverage";
import type { AtLoad, Collector, PythonFileCoverage, UnknownCode } from "../result.ts";
import { sha256Hex } from "../sha256.ts";

/** A source's counters, however they are kept. */
export interface SourceCounters {
  readonly isEmpty: boolean;
  readonly collectors: Collector[];
  coverage(path: string): FileCoverageData;
  unknown(): UnknownCode | undefined;
  /** By the ids of `coverage`. */
  atLoad(): AtLoad;
  python?(): PythonFileCoverage;
}

export interface SourceFile<T extends SourceCounters = SourceCounters> {
  path: string;
  language: "javascript" | "python";
  text: () => string | undefined;
  textSha256: string | undefined;
  deployed: boolean;
  lastSeenMs: number;
  functions: Set<string>;
  counters: T;
}

export interface SourceIdentity {
  path: string;
  language: "javascript" | "python";
  text: () => string | undefined;
  textSha256: string | undefined;
  /** Tells texts apart where `text` is not known. */
  shape: () => string;
  deployed: boolean;
}

export class SourceFiles {
  readonly #byPath = new Map<string, Map<string, SourceFile>>();

  /** The file of this path and text, made by `fresh` where it is new. */
  file<T extends SourceCounters>(identity: SourceIdentity, seen: Seen, fresh: () => T): SourceFile<T> {
    const texts = this.#byPath.get(identity.path) ?? new Map<string, SourceFile>();
    this.#byPath.set(identity.path, texts);
    const { textSha256 } = identity;
    const key = `${identity.language}:${textSha256 ?? `shape:${sha256Hex(identity.shape())}`}`;
    let file = texts.get(key);
    if (file === undefined) {
      const { path, language, text, deployed } = identity;
      file = {
        path,
        language,
        text,
        textSha256,
        deployed,
        lastSeenMs: 0,
        functions: new Set(),
        counters: fresh(),
      };
      texts.set(key, file);
    }
    file.functions.add(seen.functionName);
    file.lastSeenMs = Math.max(file.lastSeenMs, seen.lastSeenMs);
    return file as SourceFile<T>;
  }

  has(path: string): boolean {
    return this.#byPath.has(path);
  }

  /**
   * Every file under the name it is reported by, sorted: the newest text of a path has the path itself, an
   * older one `path@<8 digits of its text's hash>`.
   */
  named(): NamedFile[] {
    const named: NamedFile[] = [];
    for (const texts of this.#byPath.values()) {
      const files = [...texts].filter(([, { counters }]) => !counters.isEmpty);
      files.sort(([aKey, a], [bKey, b]) => b.lastSeenMs - a.lastSeenMs || (aKey < bKey ? -1 : 1));
      for (const [index, [key, file]] of files.entries()) {
        const suffix = (file.textSha256 ?? key.slice(key.lastIndexOf(":") + 1)).slice(0, 8);
        named.push({ name: index === 0 ? file.path : `${file.path}@${suffix}`, newest: index === 0, file });
      }
    }
    return named.sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

export interface Seen {
  functionName: string;
  lastSeenMs: number;
}

export interface NamedFile {
  name: string;
  newest: boolean;
  file: SourceFile;
}
