/** One tool's figures for one dataset. */
export interface Row {
  app: string;
  files: number;
  tool: string;
  wallSeconds: number;
  /** User and system time of all threads: steadier than wall time on a shared machine. */
  cpuSeconds: number;
  peakMb: number;
  filesPerSecond: number;
  rounds: number;
  /** In the tool's own coverage-final.json. */
  statements?: { covered: number; total: number };
}
