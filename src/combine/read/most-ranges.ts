/** How many ranges a coverage file may have: adding one up takes a microsecond, and packing makes few bytes of many. */
import type { CoverageFile } from "../../contract/coverage-file.ts";
import { type Ranges, Recounted } from "../fold/recounted.ts";
import { UnusableFile } from "./validate.ts";

/** V8's own take more than a byte each. */
function mostRanges(packedBytes: number): number {
  return 250_000 + 3 * packedBytes;
}

/** Throws `UnusableFile`. */
export function checkRangeCount({ scripts }: CoverageFile, packedBytes: number): void {
  let numbers = 0;
  for (const script of scripts) {
    if (script.kind !== "v8") continue;
    const ranges = script.ranges as Ranges;
    numbers += ranges instanceof Recounted ? ranges.of.length : ranges.length;
  }
  if (numbers / 3 <= mostRanges(packedBytes)) return;
  throw new UnusableFile("too-large", `it has ${numbers / 3} ranges, more than its size allows`);
}
