/**
 * The script file: the source that ran, stored once per distinct script of the whole bucket
 * (gzip'd JSON). Its identity is the sha256 of the UTF-8 of the source as the runtime ran it; of a Python
 * script, of the interpreter's version and the source: another version's parser finds other arcs.
 */
export const scriptFormat = "lambda-coverage-script/1";

export interface V8ScriptFile {
  format: typeof scriptFormat;
  kind: "v8";
  /** Lower-case hex sha256 of `identityText` as UTF-8. */
  sha256: string;
  /** Deployed path where this script was first seen. */
  path: string;
  source: string;
  /** The text of the source map beside the script; an inline one stays inside `source`. */
  sourceMap?: string;
}

export interface PythonScriptFile {
  format: typeof scriptFormat;
  kind: "python";
  sha256: string;
  path: string;
  source: string;
  /** What coverage.py's parser found, line numbers 1-based, arcs as flat pairs. */
  statements: number[];
  excluded: number[];
  /** Possible arcs, already normalised to first lines; two or more from one line make it a branch. */
  arcs: number[];
  /** Flat pairs `[line, first line]` for lines inside a statement of several lines. Absent: none. */
  multiline?: number[];
  /** Lines whose missing arcs are no missing branches (`# pragma: no branch`, `while True:`). */
  noBranch?: number[];
  /**
   * How the interpreter leaves `with` blocks, flat sixes: the measured arc, then the two arcs that
   * coverage.py's parser reads in its place (start to next, end to next).
   */
  withJumps?: number[];
  /** Name (`Class.method`), line of its `def`, last line, first statement of its body: ran where that ran. */
  functions?: [name: string, line: number, endLine: number, firstStatement: number][];
  /** Statements of the module and class bodies: they run at import, before a late start of the tracer. */
  moduleLines?: number[];
  /** Version of Python that ran and parsed it, e.g. `3.12`; part of the identity. */
  python?: string;
  /** Version of coverage.py whose parser it was. */
  coverage?: string;
}

/** The text whose sha256 is the script's identity. */
export function identityText(file: Pick<ScriptFile, "kind" | "source"> & { python?: string }): string {
  return file.kind === "python" && file.python !== undefined
    ? `python${file.python}\n${file.source}`
    : file.source;
}

export type ScriptFile = V8ScriptFile | PythonScriptFile;
