/** Which invocations a load test makes, in order. */
import type { EventsFor, LoadEvent } from "./payload-sets.ts";

export interface LoadCall extends LoadEvent {
  functionName: string;
  /** The same function without the layer: not in the summary, its coverage is not expected. */
  bare: boolean;
}

/** Name of a function's twin without the layer. */
export const bareName = (functionName: string) => `${functionName}-bare`;

/**
 * Every event of every function, `iterations` times. With `bare` each call has a twin beside it, now before and
 * now after, so that both see the same machine.
 */
export function planCalls(options: {
  functions: readonly string[];
  events: EventsFor;
  iterations: number;
  bare: boolean;
}): LoadCall[] {
  const calls: LoadCall[] = [];
  for (let iteration = 0; iteration < options.iterations; iteration++) {
    for (const functionName of options.functions) {
      for (const event of options.events(functionName)) {
        const call: LoadCall = { ...event, functionName, bare: false };
        const twin: LoadCall = { ...event, functionName: bareName(functionName), bare: true };
        if (!options.bare) calls.push(call);
        else calls.push(...(calls.length % 4 === 0 ? [call, twin] : [twin, call]));
      }
    }
  }
  return calls;
}
