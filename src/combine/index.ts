/** Combine: fold coverage files, map them to original sources, join. See docs/how-combining-works.md. */
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
