/** Ways in which a coverage file arrives broken, foreign or forged. Each gives bytes that must count for nothing. */
import { gunzipSync, gzipSync } from "node:zlib";

/** A seeded generator of numbers from 0 to 1 (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export type Random = () => number;
type Json = Record<string, unknown>;
/** `bytes`: a true file. It may be damaged, or given another spelling of the same content. */
type Mutation = (bytes: Uint8Array, random: Random) => Uint8Array;

function pick<T>(random: Random, items: readonly T[]): T {
  return items[Math.floor(random() * items.length)] as T;
}

function edited(edit: (file: Json, random: Random) => unknown): Mutation {
  return (bytes, random) => {
    const file = JSON.parse(gunzipSync(bytes).toString("utf8"));
    return gzipSync(JSON.stringify(edit(file, random) ?? file));
  };
}

function respelled(edit: (text: string, random: Random) => string): Mutation {
  return (bytes, random) => gzipSync(edit(gunzipSync(bytes).toString("utf8"), random));
}

const wrongValues: unknown[] = [
  null,
  true,
  -1,
  1.5,
  1e300,
  "",
  "x",
  [],
  {},
  [[]],
  "9".repeat(400),
  2 ** 53,
  { toString: 1 },
];
const required = [
  "format",
  "function",
  "environment",
  "invocations",
  "granularity",
  "collectedFrom",
  "scripts",
];

/** The first script that has ranges. */
function v8Script(file: Json): { ranges: number[] } & Json {
  const scripts = (file.scripts ?? []) as ({ ranges: number[] } & Json)[];
  return (
    scripts.find(({ ranges }) => Array.isArray(ranges) && ranges.length >= 6) ?? {
      ranges: [0, 0, 0, 0, 0, 0],
    }
  );
}

/** Breaks the forest: the file must be refused. */
function broken(edit: (ranges: number[], random: Random) => void): Mutation {
  return edited((file, random) => {
    edit(v8Script(file).ranges, random);
  });
}

/** Breaks the counts of probes, where the file has any: it must be refused. */
function brokenCounts(edit: (counts: number[]) => void): Mutation {
  return edited((file) => {
    const scripts = (file.scripts ?? []) as { counts?: number[] }[];
    const { counts } = scripts.find(({ counts: own }) => Array.isArray(own) && own.length >= 2) ?? {};
    if (counts !== undefined) edit(counts);
  });
}

export const mutations: Record<string, Mutation> = {
  truncated: (bytes, random) => bytes.slice(0, Math.floor(random() * bytes.length)),
  "bit flipped": (bytes, random) => {
    const copy = Uint8Array.from(bytes);
    const at = Math.floor(random() * copy.length);
    copy[at] = (copy[at] as number) ^ (1 << Math.floor(random() * 8));
    return copy;
  },
  "bytes shuffled": (bytes, random) => Uint8Array.from(bytes).sort(() => random() - 0.5),
  "garbage behind": (bytes, random) =>
    Buffer.concat([bytes, Buffer.from([0, 1, Math.floor(random() * 256)])]),
  "garbage before": (bytes) => Buffer.concat([Buffer.from("x"), bytes]),
  "gzip'd twice": (bytes) => gzipSync(bytes),
  "two in one": (bytes) => Buffer.concat([bytes, bytes]),
  empty: () => new Uint8Array(0),
  noise: (_, random) => Uint8Array.from({ length: 300 }, () => random() * 256),
  "plain text": () => Buffer.from("<html>AccessDenied</html>"),
  "lying trailer": (bytes) => Buffer.concat([bytes.slice(0, -4), Buffer.from([255, 255, 255, 127])]),
  bomb: () => gzipSync(Buffer.alloc(8 * 1024 * 1024, 32)),
  "nested deeply": () => gzipSync(`{"format":"lambda-coverage/1","scripts":${"[".repeat(200_000)}`),
  "nested and closed": () => gzipSync(`${"[".repeat(100_000)}${"]".repeat(100_000)}`),
  "cut JSON": respelled((text, random) => text.slice(0, Math.floor(random() * text.length))),
  "Istanbul's": () => gzipSync(JSON.stringify({ "/a.ts": { path: "/a.ts", statementMap: {}, s: {} } })),
  "V8's": () => gzipSync(JSON.stringify({ result: [{ scriptId: "1", url: "file:///a.js", functions: [] }] })),
  "another version": edited((file) => ({ ...file, format: "lambda-coverage/2" })),
  "a list": edited((file) => [file]),
  "a field missing": edited((file, random) => {
    delete file[pick(random, required)];
  }),
  "a field wrong": edited((file, random) => {
    const wrong = pick(random, wrongValues);
    const field = pick(random, required);
    // No scripts and no invocations are possible: such a file says nothing.
    file[field] = Array.isArray(wrong) && wrong.length === 0 ? "x" : wrong;
  }),
  "an identity wrong": edited((file, random) => {
    (file.environment as Json)[pick(random, ["id", "sequence"])] = pick(random, [null, -1, 1.5, [], {}, ""]);
  }),
  "an invocation wrong": edited((file, random) => {
    const field = pick(random, ["requestId", "startedAt", "durationMs", "outcome"]);
    file.invocations = [
      {
        ...(file.invocations as Json[])[0],
        [field]: pick(random, [null, [], {}, "never"]) === "never" && field === "requestId" ? 1 : null,
      },
    ];
  }),
  "a key that leads out": edited((file, random) => {
    v8Script(file).script = pick(random, [
      "../../etc/passwd",
      "coverage-scripts/x.json",
      "coverage-scripts/../a.json",
      1,
      "",
    ]);
  }),
  "exact without truth": edited((file, random) => {
    file.exact = pick(random, [false, null, 1, "true", {}]);
  }),
  "an init that is none": edited((file, random) => {
    const key = `coverage-inits/${"0".repeat(64)}.json`;
    file.inits = pick<unknown>(random, [
      null,
      {},
      [null],
      [{ init: key }],
      [{ init: key, sequence: -1 }],
      [{ init: "../../etc/passwd", sequence: 0 }],
      [{ init: `x/${key}`, sequence: 0 }],
    ]);
  }),
  "ranges cut": broken((ranges) => void ranges.pop()),
  "ranges crossing": broken((ranges) => {
    ranges.splice(0, ranges.length, 0, 10, 1, 5, 10, 1);
  }),
  "ranges backwards": broken((ranges) => {
    ranges[3] = -1;
  }),
  "ranges of texts": broken((ranges, random) => {
    (ranges as unknown[])[Math.floor(random() * ranges.length)] = pick(random, [
      "1",
      null,
      1.5,
      [1],
      {},
      2 ** 60,
    ]);
  }),
  "ranges beyond the script": broken((ranges) => {
    ranges.splice(0, ranges.length, 0, 2 ** 28, 7);
  }),
  "ranges beyond all": broken((ranges) => {
    ranges.splice(0, ranges.length, 2 ** 29, 5, 7);
  }),
  "counts cut": brokenCounts((counts) => void counts.pop()),
  "counts of nothing": brokenCounts((counts) => {
    counts[1] = 0;
  }),
  "counts backwards": brokenCounts((counts) => {
    counts[0] = -1;
  }),
  "counts beyond the plan": brokenCounts((counts) => {
    counts[0] = 2 ** 28;
  }),
  "a broken sum": edited((file, random) => ({
    format: file.format,
    sum: pick(random, [1, 2, "1", null]) ?? 2,
    files: 1,
    functions: [],
    environments: [
      { id: "e", function: "f", sequences: pick(random, [[2, 1], [0], [-1, 2], "x", [0, 5, 3, 9]]) },
    ],
  })),
  "a broken sum's window": edited((file, random) => ({
    format: file.format,
    sum: 1,
    files: 1,
    functions: [],
    environments: [
      {
        id: "e",
        function: "f",
        sequences: [4, 5],
        ...pick<object>(random, [
          { exact: [3, 5] },
          { exact: [5, 4] },
          { exact: "x" },
          { inits: [0, 0] },
          { inits: [0] },
          { inits: [[0, 0]] },
        ]),
      },
    ],
  })),
  "hostile names": edited((file) =>
    JSON.parse(`{"__proto__":{"format":"${file.format}"},"constructor":1,"scripts":[]}`),
  ),
  // The same content in another spelling: counted once, beside the true file.
  "spaces in it": respelled((text) => text.replace(/,/g, " , ")),
  "numbers spelled otherwise": respelled((text) =>
    text.replace(/"ranges":\[(\d+),(\d+)/, '"ranges":[$1e0,$2.0'),
  ),
  "fields of tomorrow": edited((file) => ({ ...file, future: { ranges: [1, 2, 3] }, '"ranges":[': 1 })),
  "a copy": (bytes) => bytes,
  "unpacked already": (bytes) => gunzipSync(bytes),
};
