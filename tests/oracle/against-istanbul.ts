/** A program's counters next to those of Istanbul's instrumentation of it. */
import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { Agreement, Kind } from "../../bench/accuracy/compare.ts";
import { measure } from "../../bench/accuracy/measure.ts";
import { tools } from "../../bench/accuracy/tools.ts";
import { inTemporaryFolder } from "./collected.ts";

/** `source`: a CommonJS module that exports `handler`. One snapshot: V8 loses counts of hot functions between two. */
export function againstIstanbul(
  source: string,
  events: unknown[],
  node: string,
): Promise<Record<Kind, Agreement>> {
  return inTemporaryFolder(async (folder) => {
    const entry = path.join(folder, "app.cjs");
    await writeFile(entry, source);
    const { ours } = tools as { ours: (typeof tools)[string] };
    const app = { name: "program", entry, events, minified: false };
    const result = await measure(app, { folder, node, only: { ours } });
    return result.tools.ours as Record<Kind, Agreement>;
  });
}
