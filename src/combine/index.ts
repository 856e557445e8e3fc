/** Combine: fold coverage files, map them to original sources, join. See docs/how-combining-works.md. */
export { combine, combineToSum } from "./combine.ts";
export { CombineError, type CombineErrorCode } from "./combine-error.ts";
export type {
  CombineLimits,
  CombineOptions,
  CombineProgress,
  LocalScripts,
  OriginalSource,
} from "./options.ts";
export type {
  CombineResult,
  EnvironmentLoss,
  EnvironmentSummary,
  FunctionCoverage,
  InvocationCounts,
  PythonFileCoverage,
  ReportedFile,
  SkippedFile,
  SkipReason,
  UnknownCode,
  UnmappedScript,
} from "./result.ts";
