/**
 * The script file: the source that ran, stored once per distinct script of the whole bucket
 * (gzip'd JSON). Its identity is the sha256 of the UTF-8 of the source as the runtime ran it.
 */
export const scriptFormat = "lambda-coverage-script/1";

export interface V8ScriptFile {
  format: typeof scriptFormat;
  kind: "v8";
  /** Lower-case hex sha256 of `source` as UTF-8. */
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
  arcs: number[];
}

export type ScriptFile = V8ScriptFile | PythonScriptFile;
