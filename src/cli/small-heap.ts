/**
 * V8 sizes its heap for programs that keep much of what they make. A combiner streams: it keeps nearly nothing, and the
 * garbage of 100,000 files would take 50 MB more. Both flags are read whenever V8 thinks about the heap's size, so they
 * can be set while it runs. For a process of our own only. Figures: bench:combine.
 */
import { PerformanceObserver } from "node:perf_hooks";
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";

/** Of the young generation. V8's own limit is 32 MB and more; below 8 the garbage collector costs time. */
const mostYoungBytes = 8 * 1024 * 1024;

export function keepHeapSmall(): void {
  // The old generation is collected when it has doubled.
  setFlagsFromString("--heap-growing-percent=100");
  const observer = new PerformanceObserver(() => {
    if (youngBytes() < mostYoungBytes) return;
    setFlagsFromString("--semi-space-growth-factor=1");
    observer.disconnect();
  });
  observer.observe({ entryTypes: ["gc"] });
}

function youngBytes(): number {
  return getHeapSpaceStatistics().find((space) => space.space_name === "new_space")?.space_size ?? 0;
}
