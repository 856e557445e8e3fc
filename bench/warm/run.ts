/**
 * Runs inside the Node.js under test, bundled: takes snapshot after snapshot of a warm process by the product's own
 * profiler and prints each window's counts that differ from the one before, as JSON lines.
 */
import { dirname } from "node:path";
import { createScriptFilter } from "../../src/agent/collect/script-filter.ts";
import { startProfiler } from "../../src/agent/collect/v8/profiler.ts";
import { forEachRange } from "../../src/contract/ranges.ts";
import type { Window } from "./windows.ts";

const [file = "", takes = "0", granularity = "block", exactWindows = "true"] = process.argv.slice(2);

const profiler = startProfiler({
  granularity: granularity as "block",
  exactWindows: exactWindows === "true",
  filter: createScriptFilter({ taskRoot: dirname(file), layerRoot: "/opt", own: [], excludePatterns: [] }),
});
const { handle } = require(file) as { handle(): Promise<unknown> };

let previous = "";
for (let index = 0; index < Number(takes); index++) {
  await handle();
  const window = takeWindow();
  const text = JSON.stringify(window);
  if (text !== previous) process.stdout.write(`${JSON.stringify({ index, ...window })}\n`);
  previous = text;
}

function takeWindow(): Window {
  const take = profiler.take({ isLast: false, isExact: false });
  if ("lost" in take) return { lost: take.lost };
  if (!("snapshot" in take)) throw new Error("V8 took no snapshot");
  const { scripts, ranges, exact } = take.snapshot;
  const counts: Record<string, number> = {};
  for (const { from, to } of scripts) {
    forEachRange(ranges.subarray(from, to), (start, end, count) => {
      counts[`${start}-${end}`] = count;
    });
  }
  return { exact, counts };
}
