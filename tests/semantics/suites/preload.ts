/**
 * `--require` of the Node.js under test, bundled: has the package's copies run as the agent's preload does, in every
 * process of its tests, and says at the end of each how many did.
 */
import { appendFileSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
import { begunOf, newCounterMemory } from "../../../src/agent/collect/probes/counters.ts";
import { startProbes } from "../../../src/agent/collect/probes/probes-collector.ts";
import { chooseCollector } from "../../../src/agent/main/choose-collector.ts";
import type { Settings } from "../../../src/contract/settings.ts";

export interface RunCopies {
  /** Slices of the copies that ran. */
  begun: number[];
  /** Files that ran without their copy. */
  stale: string[];
}

const { SEMANTICS_PACKAGE: taskRoot, SEMANTICS_SEEN: seen } = process.env;
if (isMainThread && taskRoot !== undefined && seen !== undefined) start(taskRoot, seen);

function start(taskRoot: string, seen: string): void {
  const { manifest } = chooseCollector({ collector: "probes" } as Settings, [taskRoot]);
  if (manifest === undefined) throw new Error(`no copies in ${taskRoot}`);
  const memory = newCounterMemory(manifest.files.map(({ probes }) => probes));
  const stale: string[] = [];
  startProbes({ manifest, memory, taskRoot, stacks: false, onStale: (path) => void stale.push(path) });
  process.once("exit", () => {
    const begun = [...begunOf(memory, 0)].flatMap((one, slice) => (one === 1 ? slice : []));
    const line: RunCopies = { begun, stale };
    appendFileSync(seen, `${JSON.stringify(line)}\n`);
  });
}
