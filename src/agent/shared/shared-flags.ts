/**
 * Words of the SharedArrayBuffer between the main thread and the agent's worker. Both read and write them
 * with Atomics, so that neither has to wait for the other's event loop.
 */

/** 1: the next take may run; 0: the circuit breaker is open, V8 keeps the sum. */
export const flagCollect = 0;
/** Set to 1 (and notified) by the worker when the last flush of an ending process is done. */
export const flagFlushed = 1;
/** How often the extension has asked for an event: one more than invocations means "not held by us". */
export const flagAsked = 2;
/** Of the worker's registration: 1 registered, -1 refused or no Extensions API. Notified. */
export const flagRegistered = 3;
/** 1: a handler is watched, so every event is followed by a take. 0: user code stores what it wants itself. */
export const flagWatched = 4;

/** 1: a watched handler has begun at least once. */
export const flagBegun = 5;

export function createSharedFlags(): Int32Array {
  const flags = new Int32Array(new SharedArrayBuffer(24));
  flags[flagCollect] = 1;
  return flags;
}
