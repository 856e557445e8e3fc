/** Objects that are small in the bucket and made to cost their reader much: by seed, 100 KB at most. */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { formatScriptKey } from "../../src/contract/object-keys.ts";
import type { Random } from "./mutations.ts";

const mostPackedBytes = 100 * 1024;

export interface HostileObjects {
  kind: string;
  objects: [string, Uint8Array][];
}

type Repeat = (n: number) => string;
const times =
  (text: string): Repeat =>
  (n) =>
    text.repeat(Math.max(1, Math.floor(n / text.length)));
const numbered =
  (text: (i: number) => string, joined = ""): Repeat =>
  (n) =>
    Array.from({ length: Math.max(1, Math.floor(n / (text(0).length + 4))) }, (_, i) => text(i)).join(joined);
const around =
  (open: string, close: string, middle = "1"): Repeat =>
  (n) => {
    const depth = Math.max(1, Math.floor(n / (open.length + close.length)));
    return open.repeat(depth) + middle + close.repeat(depth);
  };

const sources: Record<string, Repeat> = {
  statements: times("x=1;"),
  functions: times("()=>1;"),
  methods: (n) => `x={${times("a(){},")(n)}}`,
  "one array": (n) => `x=[${times("1,")(n)}]`,
  terms: numbered((i) => `a${i}`, "+"),
  "else if": numbered((i) => `if(x===${i}){y()}`, "else "),
  logical: (n) => `x=${times("a||b&&")(n)}c`,
  conditions: (n) => `x=${times("a?b:")(n)}c`,
  brackets: (n) => `x=${around("[", "]")(n)}`,
  parentheses: (n) => `x=${around("(", ")")(n)}`,
  blocks: around("{", "}"),
  arrows: (n) => `x=${times("()=>")(n)}1`,
  calls: (n) => `f${times("()")(n)}`,
  members: (n) => `f${times(".a")(n)}`,
  templates: (n) => `x=${around("`${", "}`")(n)}`,
  cases: (n) => `switch(x){${times("case 1:y=1;break;")(n)}}`,
  classes: (n) => `class A{${times("a=1;")(n)}}`,
  labels: (n) => `${numbered((i) => `l${i}:`)(n)}x=1`,
  comments: times("/**/"),
  "line feeds": times("\n"),
  spaces: times(" "),
  "ignore hints": times("/* istanbul ignore next */x=1;"),
  "esbuild's exports": times("var a={};"),
};

const maps: Record<string, (n: number) => object> = {
  lines: (n) => ({ version: 3, sources: ["a.ts"], mappings: ";".repeat(n) }),
  segments: (n) => ({ version: 3, sources: ["a.ts"], mappings: times("AAAA,")(n) }),
  "segments of nothing": (n) => ({ version: 3, sources: ["a.ts"], mappings: times("A,")(n) }),
  sources: (n) => ({
    version: 3,
    sources: Array.from({ length: n / 8 }, (_, i) => `${i}.ts`),
    mappings: "AAAA",
  }),
  sections: (n) => ({
    version: 3,
    sections: Array.from({ length: n / 100 }, (_, line) => ({
      offset: { line, column: 0 },
      map: { version: 3, sources: ["a.ts"], mappings: "AAAA" },
    })),
  }),
};

const rangeLists: Record<string, (count: number, length: number) => number[]> = {
  siblings: (count, length) => {
    const most = Math.min(count, length >> 1);
    return [
      0,
      length,
      1,
      ...Array.from({ length: most }, (_, i) => [i === 0 ? 0 : 2, 1, 2 + (i % 7)]).flat(),
    ];
  },
  nested: (count, length) =>
    Array.from({ length: Math.min(count, length >> 1) }, (_, i) => [
      i === 0 ? 0 : 1,
      length - 2 * i,
      1 + (i % 7),
    ]).flat(),
  detached: (count, length) => [
    ...[0, length, 0],
    ...Array.from({ length: Math.min(count, length >> 1) }, (_, i) => [
      i === 0 ? 0 : 1,
      length - 2 * i,
      1,
    ]).flat(),
  ],
  twins: (count, length) => Array.from({ length: count }, (_, i) => [0, length, 1 + (i % 3)]).flat(),
  empty: (count) => Array.from({ length: count }, () => [0, 0, 1]).flat(),
};

const texts: Record<string, Repeat> = {
  "nested lists": around("[", "]"),
  "empty objects": (n) => `{"format":"lambda-coverage/1","scripts":[${times("{},")(n)}{}]}`,
  "many fields": (n) => `{"format":"lambda-coverage/1",${numbered((i) => `"a${i}":1`, ",")(n)}}`,
  "one long text": (n) => `{"format":"${"x".repeat(n)}"}`,
  zeros: (n) => "\0".repeat(n),
};

/** `around` some size: what packs to more than 100 KB is made anew, a fourth as large. */
export function hostileObjects(random: Random): HostileObjects {
  const make = pick(random, makers);
  for (let size = 2 ** (8 + 15 * random()); ; size /= 4) {
    const made = make(random, Math.floor(size));
    if (made.objects.every(([, bytes]) => bytes.length <= mostPackedBytes)) return made;
  }
}

function pick<T>(random: Random, items: readonly T[]): T {
  return items[Math.floor(random() * items.length)] as T;
}

const fileKey = "coverage/2026/11/29/hostile.coverage";

const makers: ((random: Random, size: number) => HostileObjects)[] = [
  (random, size) => {
    const [name, repeat] = pick(random, Object.entries(texts));
    return { kind: name, objects: [[fileKey, gzipSync(repeat(size))]] };
  },
  (random, size) => {
    const [name, source] = pick(random, Object.entries(sources));
    const [shape, ranges] = pick(random, Object.entries(rangeLists));
    return scripted(`${name}, ${shape}`, source(size), (length) => ranges(size >> 3, length));
  },
  (random, size) => {
    const [name, map] = pick(random, Object.entries(maps));
    return scripted(`a map of ${name}`, "x=1;", (length) => [0, length, 1], JSON.stringify(map(size)));
  },
  (random, size) => {
    const lines = Array.from({ length: size / 8 }, (_, i) => i + 1);
    const source = random() < 0.5 ? "\n".repeat(size) : "x = 1\n";
    const arcs = lines.flatMap((line) => (random() < 0.5 ? [1, line] : [line, -1]));
    const python = { kind: "python", path: "app.py", source, sha256: sha256(source) };
    const script = { format: "lambda-coverage-script/1", ...python, statements: lines, excluded: [], arcs };
    const key = formatScriptKey(python.sha256);
    const entry = { kind: "python", path: "app.py", script: key, lines, arcs };
    return {
      kind: "Python",
      objects: [
        [key, gzipSync(JSON.stringify(script))],
        [fileKey, coverageFile([entry])],
      ],
    };
  },
];

function scripted(
  kind: string,
  source: string,
  ranges: (length: number) => number[],
  sourceMap?: string,
): HostileObjects {
  const identity = { sha256: sha256(source), path: "hostile.js" };
  const key = formatScriptKey(identity.sha256);
  const script = { format: "lambda-coverage-script/1", kind: "v8", ...identity, source, sourceMap };
  const entry = { kind: "v8", path: identity.path, script: key, ranges: ranges(source.length) };
  return {
    kind,
    objects: [
      [key, gzipSync(JSON.stringify(script))],
      [fileKey, coverageFile([entry])],
    ],
  };
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function coverageFile(scripts: object[]): Uint8Array {
  const file = {
    format: "lambda-coverage/1",
    function: { name: "hostile", version: "1", region: "eu-west-1", runtime: "nodejs24.x" },
    environment: { id: "hostile", sequence: 0 },
    invocations: [],
    granularity: "block",
    collectedFrom: "start",
    scripts,
  };
  return gzipSync(JSON.stringify(file));
}
