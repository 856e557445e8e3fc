/** What the layer adds, out of what the local Lambda recorded of functions with it and without. */
import type { LocalEvent } from "../local/types.ts";
import type { CallResult } from "./send-load.ts";
import { quantile } from "./summary.ts";

/** Medians in ms; null without a sample. */
export interface OverheadRow {
  bare: number | null;
  layer: number | null;
  /** How many of each the medians are of. */
  samples: { bare: number; layer: number };
}

export interface Overhead {
  /** From the event's hand-out to the response, in an environment that has served before. */
  warm_response_ms: OverheadRow;
  /** To the moment when the environment may freeze: about what is billed. */
  warm_held_ms: OverheadRow;
  /** From the start of the runtime until it asks for its first event. */
  init_ms: OverheadRow;
}

interface Timing {
  responseMs: number;
  heldMs: number | undefined;
  /** Only of an environment's first invocation. */
  initMs: number | undefined;
}

export function overheadOf(results: readonly CallResult[], events: readonly LocalEvent[]): Overhead {
  const timings = timingsByRequest(events);
  const of = (bare: boolean) =>
    results
      .filter(({ call }) => call.bare === bare)
      .flatMap(({ requestId }) => timings.get(requestId ?? "") ?? []);
  const [bare, layer] = [of(true), of(false)];
  const row = (value: (timing: Timing) => number | undefined): OverheadRow => {
    const [without, withLayer] = [bare, layer].map((all) => all.flatMap((one) => value(one) ?? []));
    return {
      bare: medianOf(without as number[]),
      layer: medianOf(withLayer as number[]),
      samples: { bare: (without as number[]).length, layer: (withLayer as number[]).length },
    };
  };
  const warm = (value: (timing: Timing) => number | undefined) => (timing: Timing) =>
    timing.initMs === undefined ? value(timing) : undefined;
  return {
    warm_response_ms: row(warm(({ responseMs }) => responseMs)),
    warm_held_ms: row(warm(({ heldMs }) => heldMs)),
    init_ms: row(({ initMs }) => initMs),
  };
}

function medianOf(samples: readonly number[]): number | null {
  return samples.length === 0 ? null : quantile(samples, 0.5);
}

function timingsByRequest(events: readonly LocalEvent[]): Map<string, Timing> {
  const timings = new Map<string, Timing>();
  for (const ofSandbox of bySandbox(events).values()) {
    const started = ofSandbox.find(({ kind }) => kind === "process-start");
    const ready = ofSandbox.find(({ kind }) => kind === "runtime-next");
    let isFirst = true;
    for (const [index, event] of ofSandbox.entries()) {
      if (event.kind !== "invoke" || event.requestId === undefined) continue;
      const after = ofSandbox.slice(index + 1);
      const answered = after.find(({ kind }) => kind === "response" || kind === "error");
      if (answered === undefined) continue;
      const frozen = after.find(({ kind }) => kind === "freeze");
      timings.set(event.requestId, {
        responseMs: answered.at - event.at,
        heldMs: frozen && frozen.at - event.at,
        initMs: isFirst && started && ready ? ready.at - started.at : undefined,
      });
      isFirst = false;
    }
  }
  return timings;
}

function bySandbox(events: readonly LocalEvent[]): Map<string, LocalEvent[]> {
  const groups = new Map<string, LocalEvent[]>();
  for (const event of events) {
    const group = groups.get(event.sandboxId);
    if (group === undefined) groups.set(event.sandboxId, [event]);
    else group.push(event);
  }
  return groups;
}
