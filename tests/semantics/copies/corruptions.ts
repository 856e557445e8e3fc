/** Ways in which a probed package arrives broken: each gives another package, which must answer as without probes. */
import { manifestFile, probesFolder } from "../../../src/contract/probe-manifest.ts";
import type { Random } from "../../oracle/mutations.ts";
import type { Files } from "./packages.ts";

export interface Corrupted {
  files: Files;
  /** For messages. */
  what: string;
}

interface Spot {
  files: Map<string, Uint8Array>;
  path: string;
  others: readonly Files[];
  random: Random;
}

type Corruption = (spot: Spot) => void;

const manifestPath = `${probesFolder}/${manifestFile}`;
const entry = "index.mjs";

const corruptions: Record<string, Corruption> = {
  cut: ({ files, path, random }) => {
    const bytes = bytesOf(files, path);
    files.set(path, bytes.subarray(0, Math.floor(random() * bytes.length)));
  },
  flipped: ({ files, path, random }) => {
    const bytes = Uint8Array.from(bytesOf(files, path));
    const at = Math.floor(random() * bytes.length);
    if (bytes.length > 0) bytes[at] = (bytes[at] as number) ^ (1 << Math.floor(random() * 8));
    files.set(path, bytes);
  },
  emptied: ({ files, path }) => void files.set(path, new Uint8Array()),
  removed: ({ files, path }) => void (path === entry || files.delete(path)),
  longer: ({ files, path }) =>
    void files.set(path, Buffer.concat([bytesOf(files, path), Buffer.from("\n;0")])),
  swapped: ({ files, path, random }) => {
    const second = pick(random, alike(files, path));
    const bytes = bytesOf(files, second);
    files.set(second, bytesOf(files, path));
    files.set(path, bytes);
  },
  replaced: ({ files, path, others, random }) => {
    const another = pick(random, others);
    const bytes = another.get(path) ?? another.get(pick(random, alike(another, path)));
    if (bytes !== undefined) files.set(path, bytes);
  },
  "copies of another": ({ files, others, random }) => {
    for (const path of [...files.keys()]) if (path.startsWith(probesFolder)) files.delete(path);
    for (const [path, bytes] of pick(random, others))
      if (path.startsWith(probesFolder)) files.set(path, bytes);
  },
  "originals of another": ({ files, others, random }) => {
    for (const [path, bytes] of pick(random, others))
      if (!path.startsWith(probesFolder)) files.set(path, bytes);
  },
  "manifest of another": ({ files, others, random }) => {
    const another = pick(random, others);
    files.set(manifestPath, bytesOf(another, manifestPath));
    // Its copies may be there, too.
    if (random() < 0.5)
      for (const [path, bytes] of another) if (path.includes("/copies/")) files.set(path, bytes);
  },
  "entries swapped": editedManifest((list, random) => {
    const [first, second] = [0, 1].map(() => Math.floor(random() * list.length)) as [number, number];
    [list[first], list[second]] = [list[second], list[first]];
  }),
  "entry removed": editedManifest((list, random) => void list.splice(Math.floor(random() * list.length), 1)),
  "entry twice": editedManifest((list, random) => void list.unshift(pick(random, list))),
  "fields swapped": editedManifest((list, random) => {
    const [first, second] = [pick(random, list), pick(random, list)] as Record<string, unknown>[];
    if (first === undefined || second === undefined) return;
    const key = pick(random, Object.keys(first));
    [first[key], second[key]] = [second[key], first[key]];
  }),
  "strange value": editedManifest((list, random) => {
    const values = [
      null,
      -1,
      1e9,
      0.5,
      "",
      "../index.mjs",
      [],
      {},
      true,
      "\u0000",
      "commonjs",
      "0".repeat(64),
    ];
    const target = pick(random, list) as Record<string, unknown>;
    target[pick(random, Object.keys(target))] = pick<unknown>(random, values);
  }),
};

/** One corruption or a few. */
export function corrupt(whole: Files, others: readonly Files[], random: Random): Corrupted {
  const files = new Map(whole);
  const what: string[] = [];
  do {
    const name = pick(random, Object.keys(corruptions));
    const path = random() < 0.3 ? manifestPath : pick(random, [...files.keys()]);
    corruptions[name]?.({ files, path, others, random });
    what.push(`${name} (${path})`);
  } while (random() < 0.25);
  return { files, what: what.join(", then ") };
}

/** The sum of counters is kept right: only what the entries say is wrong. */
function editedManifest(edit: (list: unknown[], random: Random) => void): Corruption {
  return ({ files, random }) => {
    let manifest: { files: { probes: number }[]; counters: number };
    try {
      manifest = JSON.parse(Buffer.from(bytesOf(files, manifestPath)).toString("utf8"));
      edit(manifest.files, random);
      manifest.counters = manifest.files.reduce((sum, { probes }) => sum + probes, 0);
    } catch {
      return;
    }
    files.set(manifestPath, Buffer.from(JSON.stringify(manifest)));
  };
}

/** Paths in the same folder. */
function alike(files: Files, path: string): string[] {
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  return [...files.keys()].filter((one) => one.slice(0, one.lastIndexOf("/") + 1) === folder);
}

function bytesOf(files: Files, path: string): Uint8Array {
  return files.get(path) ?? new Uint8Array();
}

function pick<T>(random: Random, items: readonly T[]): T {
  return items[Math.floor(random() * items.length)] as T;
}
