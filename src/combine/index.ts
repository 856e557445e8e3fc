/** Combine: fold coverage files, map them to original sources, join. See docs/how-it-works.md. */
export { combine, combineToSum } from "./combine.ts";
export { CombineError } from "./combine-error.ts";
export type { CombineOptions, CombineProgress, LocalScripts, OriginalSource } from "./options.ts";
export type { CombineResult, PythonFileCoverage, SkippedFile } from "./result.ts";
