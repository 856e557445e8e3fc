/**
 * Random coverage files of a small script: forests of ranges or counts of probes, several functions and environments,
 * some of which began before; inits of theirs.
 */
import fc from "fast-check";
import { type CoverageFile, coverageFormat, type InitReference } from "../../src/contract/coverage-file.ts";
import { type InitFile, initFormat } from "../../src/contract/init-file.ts";
import { formatCoverageKey, formatExecutionId, formatScriptKey } from "../../src/contract/object-keys.ts";
import { packRanges, type V8Function } from "../../src/contract/ranges.ts";
import { deployedScript } from "./collected.ts";
import { entryOf, probedFile } from "./probed.ts";
import { initObject } from "./windows.fixture.ts";

export const script = deployedScript(
  "index.js",
  `exports.handler = async (event) => {
  const total = event.items ? event.items.map((item) => item.price ?? 0).length : 0;
  if (event.fails) throw new Error("fails");
  for (const item of event.items || []) await (async () => item)();
  return total > 1 ? many(total) : one(total);
};
function many(total) { return total * 2; }
class Basket { items = []; static made = 0; add(item) { this.items.push(item); } }
const one = function (total) { return total; };
`,
);

export const scriptKey = formatScriptKey(script.sha256);
export const probed = probedFile(script);

/** Of every third probe or so: most of a file's do not count. */
const probeCounts = fc.array(fc.oneof(fc.constant(0), fc.constant(0), fc.nat({ max: 1e6 })), {
  minLength: probed.plan.probes,
  maxLength: probed.plan.probes,
});

function init(extent: InitFile["extent"], covered: number[], collectedFrom: "start" | "late" = "start") {
  const scripts = [{ kind: "v8" as const, path: "index.js", script: scriptKey, collectedFrom, covered }];
  return initObject({ format: initFormat, extent, granularity: "block", scripts });
}

const inits = [
  init("first-file", [0, 60, 200, 100]),
  init("first-file", [0, 20, 30, 200], "late"),
  init("load", [0, script.source.length]),
];
/** What lies in the bucket; files name one more, which is gone. */
export const initEntries = inits.map(({ key, body }) => [key, body] as const);
const gone = init("load", [1, 1]);

const references: fc.Arbitrary<InitReference[]> = fc.array(
  fc.record({
    init: fc.constantFrom(...inits.map(({ key }) => key), gone.key),
    sequence: fc.nat({ max: 2 }),
  }),
  { maxLength: 2 },
);

/** A tree of ranges: each child lies inside its parent. */
function tree(start: number, end: number, depth: number): fc.Arbitrary<V8Function["ranges"]> {
  const count = fc.nat({ max: 5 });
  if (depth === 0 || end - start < 3) {
    return count.map((value) => [{ startOffset: start, endOffset: end, count: value }]);
  }
  return fc
    .tuple(count, fc.integer({ min: start + 1, max: end - 1 }), fc.boolean())
    .chain(([value, middle, both]) => {
      const root = { startOffset: start, endOffset: end, count: value };
      const left = tree(start, middle, depth - 1);
      const right = both ? tree(middle, end, depth - 1) : fc.constant([]);
      return fc.tuple(left, right).map(([a, b]) => [root, ...a, ...b]);
    });
}

const functions = fc
  .tuple(tree(0, script.source.length, 4), fc.boolean())
  .map(([ranges, isBlockCoverage]) => packRanges([{ functionName: "", ranges, isBlockCoverage }]));

const fileShape = fc.record({
  ranges: functions,
  counts: fc.option(probeCounts, { nil: undefined }),
  name: fc.constantFrom("orders", "stock"),
  late: fc.boolean(),
  granularity: fc.constantFrom("block" as const, "function" as const),
  outcome: fc.constantFrom("ok" as const, "error" as const, "timeout" as const),
  exact: fc.boolean(),
  inits: fc.option(references),
});

export interface KeyedFile {
  key: string;
  file: CoverageFile;
}

const environment = fc.tuple(
  fc.constantFrom(0, 0, 0, 1, 2),
  fc.array(fileShape, { minLength: 1, maxLength: 5 }),
);

/** Files of up to four environments, sequences without holes; some begin later than at 0. */
export const coverageFiles: fc.Arbitrary<KeyedFile[]> = fc
  .array(environment, { minLength: 1, maxLength: 4 })
  .map((environments) =>
    environments.flatMap(([first, files], index) =>
      files.map((shape, at) =>
        keyedFile(`environment-${index}`, first + at, { ...shape, name: files[0]?.name ?? "" }),
      ),
    ),
  );

interface Shape {
  exact: boolean;
  inits: InitReference[] | null;
  ranges: number[];
  /** Of probes, in place of ranges. */
  counts: number[] | undefined;
  name: string;
  late: boolean;
  granularity: "block" | "function";
  outcome: "ok" | "error" | "timeout";
}

function keyedFile(id: string, sequence: number, shape: Shape): KeyedFile {
  const startedAt = new Date(Date.UTC(2026, 10, 20, 9, 0, sequence));
  const requestId = `${id}-${sequence}`;
  const executionId = formatExecutionId(startedAt, requestId);
  const key = formatCoverageKey({
    prefix: "coverage/",
    functionName: shape.name,
    executionId,
    date: startedAt,
  });
  const file: CoverageFile = {
    format: coverageFormat,
    function: { name: shape.name, version: "$LATEST", region: "eu-west-1", runtime: "nodejs22.x" },
    environment: { id, sequence },
    invocations: [{ requestId, startedAt: startedAt.toISOString(), durationMs: 1, outcome: shape.outcome }],
    granularity: shape.granularity,
    collectedFrom: shape.late ? "late" : "start",
    ...(shape.exact && { exact: true }),
    ...(shape.inits && { inits: shape.inits }),
    scripts: [
      shape.counts === undefined
        ? { kind: "v8", path: "index.js", script: scriptKey, ranges: shape.ranges }
        : entryOf(probed, shape.counts),
    ],
  };
  return { key, file };
}
