/** The main thread's part of collecting by probes, which is next to nothing: the agent's thread reads the counters. */
import type { Collector, CollectorEvents } from "../collector.ts";
import { type CounterMemory, countersOf, joinThread } from "./counters.ts";
import { loadCopies } from "./load-copies.ts";
import type { FoundManifest } from "./manifest.ts";
import { prepareUserThreads } from "./user-thread.ts";

export interface ProbesOptions extends CollectorEvents {
  manifest: FoundManifest;
  memory: CounterMemory;
  taskRoot: string;
  stacks: boolean;
}

/** Before the user's modules load. */
export function startProbes({ manifest, memory, taskRoot, stacks, onStale }: ProbesOptions): Collector {
  joinThread(memory);
  loadCopies({ ...manifest, taskRoot, stacks, onStale });
  prepareUserThreads({ ...manifest, taskRoot, stacks, memory });
  const counters = countersOf(memory, 0);
  return {
    kind: "probes",
    take: ({ isExact }) => (isExact ? { counters: counters.slice() } : {}),
    discard: () => counters.slice(),
    loaded: () => counters.slice(),
    running: true,
    stop: () => undefined,
  };
}
