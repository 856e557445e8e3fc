/** What probing a package makes, and what is to be said about it. */
import type { ProbeManifest } from "../contract/probe-manifest.ts";
import type { LeftOutReason } from "../prober/walk.ts";
import type { Contents } from "./write-folder.ts";

export interface ProbedPackage {
  manifest: ProbeManifest;
  /** The probes' folder: path below the package's root → bytes. */
  contents: Contents;
  report: ProbeReport;
}

export interface ProbeReport {
  /** Files with a copy. */
  files: number;
  probes: number;
  /** JavaScript that stays as it is, and why; its coverage is unknown. */
  notProbed: NotProbed[];
  /** Code without probes in files that have a copy. */
  unprobedCode: UnprobedCode[];
  /** JavaScript files that a pattern leaves out. */
  excluded: number;
  /** Probed files whose lines are so long that a column is all that tells places apart. */
  minified: string[];
  sizes: PackageSizes;
}

export interface NotProbed {
  path: string;
  /** An anchor in docs/errors.md. */
  code: string;
  message: string;
  remedy: string;
}

export interface UnprobedCode {
  path: string;
  /** From 1. */
  line: number;
  reason: LeftOutReason;
}

/** In bytes. */
export interface PackageSizes {
  /** All files unpacked, without and with the probes' folder. */
  unzipped: Sizes;
  /** Absent for a folder: how it will be packed is not known. */
  zipped?: Sizes;
  /** What the probes' folder adds to a zip. */
  zippedProbes: number;
}

export interface Sizes {
  before: number;
  after: number;
}
