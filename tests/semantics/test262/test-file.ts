/** A file of test262: its text, and what its head says about how to run it (test262's INTERPRETING.md). */
import { parse } from "yaml";

export type Variant = "sloppy" | "strict" | "module";

export interface TestFile {
  source: string;
  /** Files of the harness that it needs, in order. */
  includes: string[];
  variants: Variant[];
  isAsync: boolean;
}

interface Head {
  flags?: string[];
  includes?: string[];
}

export function readTestFile(source: string): TestFile {
  const head = (parse(/\/\*---(.*?)---\*\//s.exec(source)?.[1]?.replaceAll("\r", "\n") ?? "") ?? {}) as Head;
  const flags = new Set(head.flags);
  const isAsync = flags.has("async");
  const harness = flags.has("raw") ? [] : ["assert.js", "sta.js", ...(isAsync ? ["doneprintHandle.js"] : [])];
  return { source, includes: [...harness, ...(head.includes ?? [])], variants: variantsOf(flags), isAsync };
}

function variantsOf(flags: ReadonlySet<string>): Variant[] {
  if (flags.has("module")) return ["module"];
  if (flags.has("onlyStrict")) return ["strict"];
  return flags.has("noStrict") || flags.has("raw") ? ["sloppy"] : ["sloppy", "strict"];
}
