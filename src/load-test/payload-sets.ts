/** The events of a load test: each drives other code, and says how its invocation has to end. */
import { readFileSync } from "node:fs";
import { LoadTestError } from "./load-test-error.ts";

export interface LoadEvent {
  /** What the summary calls it. */
  operation: string;
  payload: unknown;
  /** `error`: the function has to fail. */
  expects: "ok" | "error";
}

export type PayloadSetName = "main" | "simple" | "error" | "health" | "other";

const ok = (operation: string, payload: unknown): LoadEvent => ({ operation, payload, expects: "ok" });
const fails = (operation: string, payload: unknown): LoadEvent => ({ operation, payload, expects: "error" });

export const payloadSets: Record<PayloadSetName, readonly LoadEvent[]> = {
  main: [
    ok("add", { operation: "add", a: 2, b: 3 }),
    ok("multiply", { operation: "multiply", a: 4, b: 5 }),
    ok("divide", { operation: "divide", a: 9, b: 3 }),
    ok("divide by 0", { operation: "divide", a: 1, b: 0 }),
    ok("random", { operation: "random", min: 1, max: 6 }),
    ok("health", { operation: "health" }),
    ok("complex", { operation: "complex", values: [3, 1, 2, 2] }),
    ok("async", { operation: "async", delayMs: 5 }),
    ok("unknown", { operation: "unheard-of" }),
  ],
  simple: [ok("name", { name: "World" }), ok("no name", {})],
  error: [
    ok("none", { error_type: "none" }),
    fails("throw", { error_type: "throw" }),
    fails("reject", { error_type: "reject" }),
    fails("custom", { error_type: "custom" }),
    fails("type", { error_type: "type" }),
  ],
  health: [ok("health", { httpMethod: "GET", path: "/health", headers: {}, body: null })],
  other: [ok("name", { name: "TestUser" })],
};

/** As the testing stack and the examples name their functions; any other function gets the one event of `other`. */
export function payloadSetOf(functionName: string): PayloadSetName {
  const name = functionName.toLowerCase();
  return (["health", "main", "error", "simple"] as const).find((set) => name.includes(set)) ?? "other";
}

export type EventsFor = (functionName: string) => readonly LoadEvent[];

export const defaultEvents: EventsFor = (functionName) => payloadSets[payloadSetOf(functionName)];

/** A JSON file: a list of events for every function, or such lists by function name. Throws a LoadTestError. */
export function readEvents(file: string): EventsFor {
  const value = readJson(file);
  if (Array.isArray(value)) {
    const events = ownEvents(value, file);
    return () => events;
  }
  const byName = new Map(
    Object.entries((value ?? {}) as object).map(([name, list]) => [name, ownEvents(list, file)]),
  );
  return (functionName) => {
    const events = byName.get(functionName);
    if (events !== undefined) return events;
    throw badEvents(`${file} has no events for ${functionName}`);
  };
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw badEvents(`${file} cannot be read as JSON: ${(error as Error).message}`);
  }
}

function ownEvents(list: unknown, file: string): LoadEvent[] {
  if (!Array.isArray(list) || list.length === 0) throw badEvents(`${file} holds a list without events`);
  return list.map((payload, index) => ok(labelOf(payload) ?? `event ${index + 1}`, payload));
}

function labelOf(payload: unknown): string | undefined {
  const { operation } = (typeof payload === "object" && payload !== null ? payload : {}) as {
    operation?: unknown;
  };
  return typeof operation === "string" ? operation : undefined;
}

function badEvents(message: string): LoadTestError {
  return new LoadTestError("LoadTestEvents", message, {
    remedy: 'Write [event, …] for all functions, or {"function-name": [event, …]}.',
    exit: "usage",
  });
}
