/** What `combine()` takes. The store and the clock are passed in: nothing here knows AWS or the disk. */
import type { CoverageStore } from "../store/store.ts";

export interface CombineOptions {
  store: CoverageStore;
  /** Every `*.coverage` below it is read: all, a function's, a day's. Empty: the whole store. */
  prefix: string;
  /** Stops reading; `combine` then rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Ends reading early, e.g. near a deadline: the result says `complete: false`, its sum holds what was read. */
  until?: AbortSignal;
  onProgress?: (progress: CombineProgress) => void;
  /** Globs against original source paths; empty or absent: the functions' own COVERAGE_INCLUDE_PATTERNS. */
  include?: string[];
  /** Globs to leave out; absent: the functions' own COVERAGE_EXCLUDE_PATTERNS, else node_modules. */
  exclude?: string[];
  /** Absolute path of the repository: original paths below it are made relative to it. */
  root?: string;
  /** Reads keys instead of listing the prefix. */
  keys?: Iterable<string> | AsyncIterable<string>;
  /** Leaves out keys, e.g. all but one request's. */
  filter?: (key: string) => boolean;
  /** `"function"`: a coverage map per Lambda function too. */
  by?: "function";
  /** Never loaded code that has to count as 0: `(path relative to root, text)` of each file. */
  all?: AsyncIterable<OriginalSource> | Iterable<OriginalSource>;
  /** Where sources stayed at home (COVERAGE_UPLOAD_SOURCES=false): finds a script by its sha256. */
  localScripts?: LocalScripts;
  /** Rejects at the first skipped file instead of listing it. */
  strict?: boolean;
  /** Default true: V8's known wrong ranges are put right by the AST. */
  repair?: boolean;
  /** Default true: a script's probe table is read from and written to the store beside the script. */
  storeMappings?: boolean;
  /** Keys of partial sums to start from, e.g. what an earlier run stored before its deadline. */
  sums?: string[];
  /** Files on their way at once. Default 128; the SDK opens 50 connections for them. */
  concurrency?: number;
  limits?: Partial<CombineLimits>;
}

export interface OriginalSource {
  path: string;
  source: string;
}

export interface LocalScripts {
  /** The script whose source has this sha256, or undefined. */
  find(sha256: string, deployedPath: string): Promise<{ source: string; sourceMap?: string } | undefined>;
}

export interface CombineProgress {
  /** Coverage files seen in the listing so far. */
  listed: number;
  processed: number;
  skipped: number;
  /** Gzip'd bytes read. */
  bytes: number;
}

export interface CombineLimits {
  /** Of one coverage file, unpacked. Default 64 MB. */
  maxFileBytes: number;
  /** Of one script file, unpacked. Default 512 MB. */
  maxScriptBytes: number;
}

export const defaultLimits: CombineLimits = {
  maxFileBytes: 64 * 1024 * 1024,
  maxScriptBytes: 512 * 1024 * 1024,
};
