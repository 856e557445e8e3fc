/**
 * `npm run bench:warm -- [--takes 5000] [--node 22 …] [--quick] [--json] [--check] [--save]`: whether every snapshot of
 * a warm environment is whole, over functions of every kind. Beside it the same without V8's flags.
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

interface Row extends WarmResult {
  node: string;
  exactWindows: boolean;
}

const takes = values.quick ? 40 : Number(values.takes);
const rows: Row[] = [];
for (const major of values.node) {
  const { path } = await nodeBinary(Number(major));
  for (const exactWindows of [true, false]) {
    const flags = values.quick ? eagerTiers : [];
    const row = {
      node: major,
      exactWindows,
      ...(await compareWindows({ node: path, takes, exactWindows, flags })),
    };
    rows.push(row);
    if (!values.json) print(row);
  }
}

function print({ node, exactWindows, ranges, windows, exact, missing, wrong, lost }: Row): void {
  const how = exactWindows ? "exact windows" : "V8 as it is  ";
  const seen = `${windows} windows of ${ranges} ranges, ${exact} said to be whole`;
  process.stdout.write(
    `Node.js ${node}  ${how}  ${seen}: ${missing} missing, ${wrong} wrong, ${lost} lost\n`,
  );
}

const bars: Bar[] = rows.flatMap(({ node, exactWindows, missing, wrong, lost, exact, windows }): Bar[] => {
  const bar = (what: string, value: number): Bar => ({
    name: `Node.js ${node}${exactWindows ? "" : " without flags"}: ${what}`,
    value,
    unit: "",
    kind: "most",
    limit: 0,
  });
  // Without the flags windows may miss what ran; they must say so, and the canary must hold.
  if (!exactWindows) return [bar("windows said to be whole", exact), bar("snapshots lost", lost)];
  return [
    bar("ranges missing", missing),
    bar("ranges wrong", wrong),
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
