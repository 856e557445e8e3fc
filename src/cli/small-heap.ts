/**
 * V8 sizes its heap for programs that keep much of what they make. A combiner streams: it keeps nearly nothing, and the
 * garbage of 100,000 files would take 50 to 100 MB. Both flags are read whenever V8 thinks about the heap's size, so
 * they can be set while it runs. For a process of our own only. Figures: docs/performance.md, bench:combine.
 */
import { setFlagsFromString } from "node:v8";

export function keepHeapSmall(): void {
  // The young generation stays as it began, 1 MB a half instead of up to 16: that fits a processor's cache, too.
  setFlagsFromString("--semi-space-growth-factor=1");
  // The old generation is collected when it has grown by four fifths.
  setFlagsFromString("--heap-growing-percent=80");
}
