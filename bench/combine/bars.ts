import type { Bar } from "../bars.ts";
import type { Row } from "./row.ts";

/** By dataset: of 10,000 files, and of 100 with nothing stored. */
const limits = {
  big: { tool: "ours-stored", c8Over: 15, overParse: 0.25, few: undefined },
  probes: { tool: "ours", c8Over: 30, overParse: 0.12, few: 0.4 },
};

/**
 * Time is the clock's: what whoever waits for the report sees. The peers take one core and some of a second one for
 * garbage; we unpack on it, too. The rows have the processor's time of all threads beside it. No two files of a
 * dataset are alike.
 */
export function barsOf(rows: readonly Row[]): Bar[] {
  const found = (Object.keys(limits) as (keyof typeof limits)[]).flatMap((app) => timeBars(rows, app));
  for (const row of rows.filter(({ tool }) => tool === "ours" || tool === "ours-stored")) {
    const of = `${row.files} ${row.app} files, ${row.tool}`;
    found.push({ name: `peak memory, ${of}`, value: row.peakMb, unit: "MB", kind: "most", limit: 200 });
  }
  return found;
}

function timeBars(rows: readonly Row[], app: keyof typeof limits): Bar[] {
  const { tool, c8Over, overParse, few } = limits[app];
  const time = (name: string, files: number) =>
    rows.find((row) => row.app === app && row.tool === name && row.files === files)?.wallSeconds;
  const found: Bar[] = [];
  const add = (
    name: string,
    over: number | undefined,
    under: number | undefined,
    bar: Pick<Bar, "kind" | "limit">,
  ) => {
    if (over && under) found.push({ name, value: over / under, unit: "x", ...bar });
  };
  const [ours, c8, parse] = [time(tool, 10_000), time("c8", 10_000), time("json-parse", 10_000)];
  add(`c8's time over ours, 10,000 ${app} files`, c8, ours, { kind: "least", limit: c8Over });
  add(`our time over JSON.parse's, 10,000 ${app} files`, ours, parse, { kind: "most", limit: overParse });
  if (few !== undefined) {
    const limit = { kind: "most", limit: few } as const;
    add(`our time over c8's, 100 ${app} files, nothing stored`, time("ours", 100), time("c8", 100), limit);
  }
  return found;
}
