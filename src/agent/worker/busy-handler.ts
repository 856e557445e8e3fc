/** Says once that a handler computes for long: V8's block counters make such code several times slower. */
import type { Settings } from "../../contract/settings.ts";
import type { Log } from "../shared/log.ts";

const busyMs = 100;
/** Not for one heavy request, nor for what is loaded in the first. */
const calls = 5;

/** To be called with what each invocation kept the main thread busy for. */
export function createBusyHandlerNote(log: Log, { granularity }: Settings): (busyMs: number) => void {
  let busy = 0;
  return (ms) => {
    if (granularity !== "block" || ms < busyMs || ++busy !== calls) return;
    log.info(
      `The handler computes for long (${Math.round(ms)} ms in this call): V8's block counters slow such code down. Cheaper: lambda-coverage probe before you deploy, or COVERAGE_GRANULARITY=function`,
      { error_type: "BusyHandler" },
    );
  };
}
