/**
 * The folder `lambda-coverage-probes/` at a deployed package's root: probed copies of the function's files, made by
 * `lambda-coverage probe`, and the manifest that says which copy is whose. The agent loads a copy instead of the
 * original only where both are, byte for byte, what the manifest says.
 */
export const probesFolder = "lambda-coverage-probes";
export const manifestFile = "manifest.json";
export const probeManifestFormat = "lambda-coverage-probes/1";

export type ModuleKind = "commonjs" | "module";

export interface ProbeManifest {
  format: typeof probeManifestFormat;
  /** Which prober made the copies. */
  prober: number;
  /** Counters of all files: the sum of their `probes`. */
  counters: number;
  /** A file's place in this list is its slice, the number by which its copy asks for its counters. */
  files: ProbedFileEntry[];
}

export interface ProbedFileEntry {
  /** Relative to the package's root, `/` as separator. */
  path: string;
  kind: ModuleKind;
  /** Lower-case hex sha256 of the original's bytes. */
  original: string;
  /** The same of the copy's bytes, and its name: see `copyPath`. */
  copy: string;
  /** The same of the plan's JSON, and its name: see `planPath`. */
  plan: string;
  /** Counters in its slice. */
  probes: number;
  /** CommonJS: the names that an `import` of it sees, as cjs-module-lexer finds them in the original. */
  exports?: string[];
  /**
   * The same of the JSON of the map from the copy's columns to the original's (lines are the same), and its name: see
   * `mapPath`. Absent where the copy is the original.
   */
  map?: string;
  /** The same of the original's own source map, shifted for the copy. Absent where the package has none for it. */
  sourceMap?: string;
}

/**
 * Of a copy, relative to the package's root. Not `.js`: an app that loads every file of a folder as code must not find
 * it.
 */
export function copyPath(sha256: string): string {
  return `${probesFolder}/copies/${sha256}.txt`;
}

/** Of a plan (gzip'd JSON, as it is stored in the bucket), relative to the package's root. */
export function planPath(sha256: string): string {
  return `${probesFolder}/plans/${sha256}.json.gz`;
}

/** Of a source map (gzip'd JSON) of a copy, relative to the package's root. */
export function mapPath(sha256: string): string {
  return `${probesFolder}/maps/${sha256}.json.gz`;
}
