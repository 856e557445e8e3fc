/** Every kind of handler, with the layer held against bare: what the caller and the log see is the same. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LocalFunctionConfig } from "../../src/local/index.ts";
import { deploy, type Form } from "./deployed-function.ts";
import { Host, isTraceOf, type RuntimeRow, runtimes, type Seen, seen, type TraceComparison } from "./host.ts";

interface Case {
  handler: string;
  events: Record<string, unknown>[];
  /** Line 3 only: callbacks and context methods were removed with Node.js 24. */
  line3Only?: boolean;
  /** There is nothing to wrap in code: bare against the exec wrapper. */
  notLoaded?: boolean;
}

const doing = (...names: string[]): Record<string, unknown>[] =>
  names.map((name) => ({ do: name, value: name }));

const cases: Case[] = [
  {
    handler: "index.events",
    events: [
      ...doing(
        "return",
        "undefined",
        "null",
        "text",
        "log",
        "throw",
        "throwText",
        "throwNothing",
        "throwFrozen",
      ),
      ...doing("deep", "awaitThrow", "names", "environment", "circular", "bigint"),
      { useContext: true },
    ],
  },
  { handler: "index.sync", events: doing("return", "throw", "awaitThrow", "undefined") },
  { handler: "index.promise", events: doing("return", "throw") },
  { handler: "index.receiver", events: [{}] },
  { handler: "index.shapes", events: [{}] },
  { handler: "index.api.v1.get", events: doing("nested") },
  { handler: "deep/er/index.events", events: doing("return", "throw") },
  { handler: "index.asDefault", events: doing("default") },
  { handler: "index.thenable", events: doing("return", "throw") },
  { handler: "index.otherRealm", events: doing("return", "throw") },
  { handler: "index.streamed", events: doing("return", "pipeline", "throw") },
  { handler: "index.streamedSync", events: [{}] },
  {
    handler: "index.callback",
    events: [...doing("return", "throw", "text"), { value: 1, soon: true }, { value: 2, linger: true }],
    line3Only: true,
  },
  { handler: "index.byContext", events: doing("succeed", "fail", "done"), line3Only: true },
  // Refused at load from line 4 on, and by every line where there is nothing to load.
  { handler: "index.callback", events: [{}] },
  { handler: "index.nowhere", events: [{}], notLoaded: true },
  { handler: "index.notFunction", events: [{}], notLoaded: true },
  { handler: "nowhere.events", events: [{}], notLoaded: true },
  { handler: "index", events: [{}], notLoaded: true },
  { handler: "../index.events", events: [{}], notLoaded: true },
];

const forms: Form[] = ["cjs", "esm", "bundled"];

interface Run {
  seen: Seen[];
  lines: string[];
  exits: (string | undefined)[];
  /** Request ids whose upload began before their response had left. */
  earlyUploads: string[];
  name: string;
}

let host: Host;
beforeAll(async () => {
  host = await Host.start();
});
afterAll(() => host.stop());

async function run(name: string, events: Record<string, unknown>[]): Promise<Run> {
  const results = [];
  for (const event of events) results.push(await host.lambda.invoke(name, event));
  const exits: (string | undefined)[] = [];
  const earlyUploads: string[] = [];
  for (const sandboxId of new Set(results.map((result) => result.sandboxId))) {
    const answered = new Set<string>();
    for (const { kind, requestId, detail } of await host.eventsOf(sandboxId)) {
      if (kind === "response" || kind === "error") answered.add(requestId ?? "");
      if (kind === "exit") exits.push(detail);
      const uploaded =
        kind === "s3" ? results.find((result) => detail?.includes(result.requestId)) : undefined;
      if (uploaded !== undefined && !answered.has(uploaded.requestId)) earlyUploads.push(uploaded.requestId);
    }
  }
  return { seen: results.map(seen), lines: await host.ownLines(name), exits, earlyUploads, name };
}

function config(
  code: string,
  handler: string,
  { runtime, client }: RuntimeRow,
): Omit<LocalFunctionConfig, "name"> {
  return { code, handler, runtime, client, memoryMb: 512 };
}

describe.each(runtimes)("$runtime, client line $client", (row) => {
  describe.each(forms)("%s", (form) => {
    let plain: string;
    let wrapped: string;
    beforeAll(async () => {
      plain = await deploy(host.newFolder(), form, "plain", host);
      wrapped = await deploy(host.newFolder(), form, "coverageHandler", host);
    });
    const here = cases.filter((candidate) => !candidate.line3Only || row.client === 3);
    test.each(here)("$handler", async ({ handler, events, notLoaded }) => {
      const bare = await run(await host.bare(config(plain, handler, row)), events);
      const byWrapper = await run(await host.layered(config(plain, handler, row)), events);
      const whileLoading = bare.exits.length > 0;
      expectSame(byWrapper, bare, { whileLoading, positionsDiffer: false });
      if (notLoaded) return;
      const inCode = await run(await host.wrappedInCode(config(wrapped, handler, row)), events);
      expectSame(inCode, bare, { whileLoading, positionsDiffer: form === "bundled" });
    });
  });
});

/** User code that logs a trace from below our frame shows it; all else of a line is the same. */
function untilFrames(line: string): string {
  return line.split(/(?:\\n|\r|",")? {4}at /)[0] ?? "";
}

function expectSame(layered: Run, bare: Run, comparison: TraceComparison): void {
  const withoutTrace = ({ trace: _, ...rest }: Seen) => rest;
  expect(layered.seen.map(withoutTrace)).toEqual(bare.seen.map(withoutTrace));
  for (const [index, { trace }] of layered.seen.entries()) {
    if (!isTraceOf(trace, bare.seen[index]?.trace, comparison))
      expect(trace).toEqual(bare.seen[index]?.trace);
  }
  // Node's own last words race with the end of its process; what the client logged does not.
  const comparable = ({ lines }: Run) =>
    lines.filter((line) => !comparison.whileLoading || line.startsWith("<time>")).map(untilFrames);
  expect(comparable(layered)).toEqual(comparable(bare));
  expect(layered.exits).toEqual(bare.exits);
  expect(layered.earlyUploads).toEqual([]);
}
