/** The init file of a Python environment: init-file.ts with what coverage.py counts, under the same keys. */
import type { CollectedFrom, Granularity } from "./coverage-file.ts";
import type { InitExtent, initFormat } from "./init-file.ts";

export interface PythonInitFile {
  format: typeof initFormat;
  /** `first-file`: of these modules, the script file's `moduleLines` are what loading ran. */
  extent: InitExtent;
  granularity: Granularity;
  scripts: PythonInitScript[];
}

export interface PythonInitScript {
  kind: "python";
  /** As in the coverage file. */
  path: string;
  script: string | null;
  collectedFrom: CollectedFrom;
  lines: number[];
  arcs: number[];
}
