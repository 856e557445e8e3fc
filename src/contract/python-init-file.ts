/** The init file of a Python environment: init-file.ts with what coverage.py counts, under the same keys. */
import type { CollectedFrom } from "./coverage-file.ts";
import type { InitFile } from "./init-file.ts";

/** Where its extent is `first-file`, the script file's `moduleLines` are what loading ran of these modules. */
export interface PythonInitFile extends Omit<InitFile, "scripts"> {
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
