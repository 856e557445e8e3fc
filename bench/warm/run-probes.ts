/**
 * Runs inside the Node.js under test, bundled: a probed copy, whose counters are read as the agent's thread reads them,
 * window by window. Prints each window's counts that differ from the one before, as JSON lines.
 */
import { countersOf, joinThread, newCounterMemory } from "../../src/agent/collect/probes/counters.ts";
import { ProbeCounts } from "../../src/agent/collect/probes/probe-counts.ts";
import type { Window } from "./windows.ts";

const [file = "", takes = "0", probes = "0"] = process.argv.slice(2);

const memory = newCounterMemory([Number(probes)]);
joinThread(memory);
const counts = new ProbeCounts(memory);
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
  const [taken] = counts.take(countersOf(memory, 0).slice());
  const window: Record<string, number> = {};
  let probe = 0;
  for (let at = 0; at < (taken?.counts.length ?? 0); at += 2, probe++) {
    probe += taken?.counts[at] as number;
    window[probe] = taken?.counts[at + 1] as number;
  }
  return { exact: counts.isWhole, counts: window };
}
