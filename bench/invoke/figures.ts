/** What the invocation benches measure, ms and MB; their results in bench/results hold it. */
export interface AddedFigures {
  addedInitMs: number;
  addedColdMs: number;
  addedP50Ms: number;
  addedP95Ms: number;
  addedAfterMs: number;
  addedPeakMb: number;
}

export interface BareFigures {
  runtime: string;
  size: string;
  bareColdMs: number;
  bareP50Ms: number;
  barePeakMb: number;
  s3RoundTripMs: number;
}

export type Collector = "probes" | "v8";

export interface NodeFigures extends BareFigures, AddedFigures {
  /** What counts; absent in results from before there were two: V8. */
  collector?: Collector;
  /** `1 core`, or the memory size whose share of a core the function had. */
  cpu: string;
  bareInitMs: number;
  heldBeyondS3Ms: number;
  callsPerSecond: { bare: number; layer: number };
}

export interface PythonFigures extends BareFigures {
  layer: AddedFigures;
  specDecorator: AddedFigures;
}
