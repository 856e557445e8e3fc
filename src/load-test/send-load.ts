/** Sends the planned calls, `workers` at a time. */
import type { Invoked, Invoker } from "./invoker.ts";
import type { LoadCall } from "./plan.ts";

export interface CallResult extends Invoked {
  call: LoadCall;
  /** As the caller sees it, cold starts included. */
  latencyMs: number;
  /** It ended as the event has it: an error that was asked for is a success. */
  success: boolean;
}

/** Results in the order of the plan. Rejects with the signal's reason once it is aborted. */
export async function sendLoad(options: {
  calls: readonly LoadCall[];
  workers: number;
  invoke: Invoker;
  onResult?: (result: CallResult) => void;
  signal?: AbortSignal;
}): Promise<CallResult[]> {
  const waiting = options.calls.entries();
  const results: CallResult[] = new Array(options.calls.length);
  const worker = async () => {
    for (const [index, call] of waiting) {
      options.signal?.throwIfAborted();
      const startedAt = performance.now();
      const invoked = await options.invoke(call.functionName, call.payload);
      const latencyMs = performance.now() - startedAt;
      const result = { ...invoked, call, latencyMs, success: invoked.outcome === call.expects };
      results[index] = result;
      options.onResult?.(result);
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.workers, options.calls.length) }, worker));
  return results;
}
