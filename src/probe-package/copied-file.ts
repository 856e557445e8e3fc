/** One file's copy, plan and maps, and its line in the manifest. */
import { gzipSync } from "node:zlib";
import {
  copyPath,
  type ModuleKind,
  mapPath,
  type ProbedFileEntry,
  planPath,
} from "../contract/probe-manifest.ts";
import { composeMap, mapToOriginal } from "../prober/copy-maps.ts";
import { type ProbedFile, type ProbeOptions, probe } from "../prober/probe.ts";
import { withOwnDebugId } from "./debug-id.ts";
import { sha256 } from "./sha256.ts";
import type { UploadMap } from "./upload-maps.ts";

export interface Original {
  path: string;
  bytes: Uint8Array;
  /** As Node.js runs it: decoded, without a byte-order mark. */
  text: string;
  kind: ModuleKind;
  /** JSON. */
  sourceMap?: string | undefined;
}

export interface CopiedFile {
  entry: ProbedFileEntry;
  contents: [path: string, bytes: Uint8Array][];
  leftOut: ProbedFile["leftOut"];
  /** Where it was asked for. */
  upload?: UploadMap;
}

export interface CopyOptions extends Omit<ProbeOptions, "kind" | "path"> {
  /** Give the copy a debug id and return the map to upload. */
  forUpload: boolean;
}

/** Undefined: there is nothing in it to count. Throws a ProberError where there is no copy. */
export function copyFile(original: Original, { forUpload, ...options }: CopyOptions): CopiedFile | undefined {
  const { path, kind, bytes, text } = original;
  const probed = probe(text, { ...options, kind, path });
  if (probed.plan.probes === 0) return undefined;
  const identified = forUpload ? withOwnDebugId(probed.text) : undefined;
  const copy = Buffer.from(identified?.text ?? probed.text, "utf8");
  const plan = gzipped(JSON.stringify(probed.plan), planPath);
  const back = gzipped(mapToOriginal(text, probed, path.slice(path.lastIndexOf("/") + 1)), mapPath);
  const composed = composedMap(original, probed);
  const entry: ProbedFileEntry = {
    path,
    kind,
    original: sha256(bytes),
    copy: sha256(copy),
    plan: plan.sha256,
    probes: probed.plan.probes,
    map: back.sha256,
    ...(composed === undefined ? {} : { sourceMap: composed.sha256 }),
  };
  const maps = composed === undefined ? [back] : [back, composed];
  return {
    entry,
    contents: [[copyPath(entry.copy), copy], plan.content, ...maps.map(({ content }) => content)],
    leftOut: probed.leftOut,
    ...(identified === undefined ? {} : { upload: { path, map: (composed ?? back).json, ...identified } }),
  };
}

interface Stored {
  json: string;
  /** Of the JSON. */
  sha256: string;
  content: [path: string, bytes: Uint8Array];
}

/** Undefined: there is none, or none that can be shifted; what reads it does not understand it either. */
function composedMap({ text, sourceMap }: Original, probed: ProbedFile): Stored | undefined {
  if (sourceMap === undefined) return undefined;
  try {
    return gzipped(composeMap(text, probed, sourceMap), mapPath);
  } catch {
    return undefined;
  }
}

function gzipped(json: string, pathOf: (sha256: string) => string): Stored {
  const bytes = Buffer.from(json, "utf8");
  const hash = sha256(bytes);
  return { json, sha256: hash, content: [pathOf(hash), gzipSync(bytes, { level: 9 })] };
}
