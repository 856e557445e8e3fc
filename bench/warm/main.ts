/**
 * `npm run bench:warm -- [--takes 5000] [--node 22 …] [--quick] [--json] [--check] [--save]`: whether every snapshot of
 * a warm environment is whole, over functions of every kind: by V8 with its flags and without them, and by probes.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { nodeBinary } from "../../src/local/lambda/node-binary.ts";
import { type Bar, isHeld, printBars } from "../bars.ts";
import { describeMachine } from "../machine.ts";
import { compareWindows, eagerTiers, type WarmResult } from "./windows.ts";

const { values } = parseArgs({
  options: {
    takes: { type: "string", default: "5000" },
    node: { type: "string", multiple: true, default: ["22", "24", "26"] },
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    check: { type: "boolean", default: false },
    save: { type: "boolean", default: false },
  },
});

const ways = {
  "V8, exact windows": { collector: "v8", exactWindows: true },
  "V8 as it is": { collector: "v8", exactWindows: false },
  probes: { collector: "probes", exactWindows: true },
} as const;

interface Row extends WarmResult {
  node: string;
  way: keyof typeof ways;
}

const takes = values.quick ? 40 : Number(values.takes);
const rows: Row[] = [];
for (const major of values.node) {
  const { path } = await nodeBinary(Number(major));
  for (const way of Object.keys(ways) as (keyof typeof ways)[]) {
    const flags = values.quick ? eagerTiers : [];
    const row = { node: major, way, ...(await compareWindows({ node: path, takes, flags, ...ways[way] })) };
    rows.push(row);
    if (!values.json) print(row);
  }
}

function print({ node, way, counters, windows, exact, missing, wrong, lost }: Row): void {
  const seen = `${windows} windows of ${counters} counters, ${exact} said to be whole`;
  process.stdout.write(
    `Node.js ${node}  ${way}: ${seen}: ${missing} missing, ${wrong} wrong, ${lost} lost\n`,
  );
}

const bars: Bar[] = rows.flatMap(({ node, way, missing, wrong, lost, exact, windows }): Bar[] => {
  const bar = (what: string, value: number): Bar => ({
    name: `Node.js ${node}, ${way}: ${what}`,
    value,
    unit: "",
    kind: "most",
    limit: 0,
  });
  // Without the flags windows may miss what ran; they must say so, and the canary must hold.
  if (way === "V8 as it is") return [bar("windows said to be whole", exact), bar("snapshots lost", lost)];
  return [
    bar("counters missing", missing),
    bar("counters wrong", wrong),
    bar("snapshots lost", lost),
    bar("windows not whole", windows - exact),
  ];
});
const report = { machine: describeMachine(), options: { takes, quick: values.quick }, results: rows };
if (values.json) process.stdout.write(`${JSON.stringify({ ...report, bars }, null, 2)}\n`);
if (values.save) {
  const folder = join(import.meta.dirname, "../results");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "warm.json"), `${JSON.stringify(report, null, 2)}\n`);
}
const allHeld = values.json ? bars.every(isHeld) : printBars(bars);
if (values.check && !allHeld) process.exitCode = 1;
