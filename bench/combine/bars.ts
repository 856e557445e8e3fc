import type { Bar } from "../bars.ts";
import type { Row } from "./row.ts";

/**
 * Time is the clock's: what whoever waits for the report sees. The peers take one core and some of a second one for
 * garbage; we unpack on it, too. The rows have the processor's time of all threads beside it. The dataset is `big`: no
 * two files are alike.
 */
export function barsOf(rows: readonly Row[]): Bar[] {
  const time = (tool: string) =>
    rows.find((row) => row.app === "big" && row.tool === tool && row.files === 10_000)?.wallSeconds;
  const [ours, c8, parse] = [time("ours-stored"), time("c8"), time("json-parse")];
  const name = "10,000 big files";
  const found: Bar[] = [];
  if (ours && c8) {
    found.push({
      name: `c8's time over ours, ${name}`,
      value: c8 / ours,
      unit: "x",
      kind: "least",
      limit: 15,
    });
  }
  if (ours && parse) {
    found.push({
      name: `our time over JSON.parse's, ${name}`,
      value: ours / parse,
      unit: "x",
      kind: "most",
      limit: 0.25,
    });
  }
  for (const row of rows.filter(({ tool }) => tool === "ours" || tool === "ours-stored")) {
    const of = `${row.files} ${row.app} files, ${row.tool}`;
    found.push({ name: `peak memory, ${of}`, value: row.peakMb, unit: "MB", kind: "most", limit: 200 });
  }
  return found;
}
