/** A report as files in memory; where they go (a folder, a bucket) is the caller's business. */
export interface ReportFile {
  /** Relative, `/` as separator; made by us, never by a coverage file. */
  path: string;
  /** Whole, or in pieces: those of a large report are never in memory together. */
  text: string | Iterable<string>;
}
