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
  /** CommonJS: what an import of it sees. */
  exports?: string[];
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

/** Throws a ProberError where there is no copy. */
export function copyFile(original: Original, { forUpload, ...options }: CopyOptions): CopiedFile {
  const { path, kind, bytes, text, exports } = original;
  const probed = probe(text, { ...options, kind, path });
  const isChanged = probed.inserts.length > 0;
  const identified = forUpload && isChanged ? withOwnDebugId(probed.text) : undefined;
  const copy = Buffer.from(identified?.text ?? probed.text, "utf8");
  const plan = gzipped(JSON.stringify(probed.plan), planPath);
  const maps = isChanged ? mapsOf(original, probed) : {};
  const entry: ProbedFileEntry = {
    path,
    kind,
    original: sha256(bytes),
    copy: sha256(copy),
    plan: plan.sha256,
    probes: probed.plan.probes,
    ...(exports === undefined ? {} : { exports }),
    ...(maps.back === undefined ? {} : { map: maps.back.sha256 }),
    ...(maps.composed === undefined ? {} : { sourceMap: maps.composed.sha256 }),
  };
  const stored = [plan, maps.back, maps.composed].flatMap((file) =>
    file === undefined ? [] : [file.content],
  );
  const contents: CopiedFile["contents"] = [[copyPath(entry.copy), copy], ...stored];
  const copied = { entry, contents, leftOut: probed.leftOut };
  const map = maps.composed?.json ?? maps.back?.json;
  return identified === undefined || map === undefined
    ? copied
    : { ...copied, upload: { path, map, ...identified } };
}

interface Stored {
  json: string;
  /** Of the JSON. */
  sha256: string;
  content: [path: string, bytes: Uint8Array];
}

function mapsOf(original: Original, probed: ProbedFile): { back?: Stored; composed?: Stored } {
  const { path, text, sourceMap } = original;
  const back = gzipped(mapToOriginal(text, probed, path.slice(path.lastIndexOf("/") + 1)), mapPath);
  const composed = sourceMap === undefined ? undefined : composedMap(text, probed, sourceMap);
  return composed === undefined ? { back } : { back, composed: gzipped(composed, mapPath) };
}

/** Undefined: it is no map that can be shifted; what reads it would not understand it either, or maps by lines. */
function composedMap(text: string, probed: ProbedFile, sourceMap: string): string | undefined {
  try {
    return composeMap(text, probed, sourceMap);
  } catch {
    return undefined;
  }
}

function gzipped(json: string, pathOf: (sha256: string) => string): Stored {
  const bytes = Buffer.from(json, "utf8");
  const hash = sha256(bytes);
  return { json, sha256: hash, content: [pathOf(hash), gzipSync(bytes, { level: 9 })] };
}
