/**
 * Which source each script of a snapshot is: sha256 of the text as V8 ran it. The file on disk is that
 * text, unless a byte-order mark, type stripping or a loader came between; the length of the script's
 * top-level range tells. What cannot be done again here V8 is asked for, which has its price.
 */
import { isAscii } from "node:buffer";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Snapshot, SnapshotScript } from "../shared/messages.ts";
import { filePieces, textPieces } from "./file-pieces.ts";
import type { ScriptParts } from "./script-packing.ts";
import { isTypeScript, strippedTypes } from "./type-stripping.ts";

export interface KnownScript {
  /** Undefined: the source cannot be had, `unmapped` says why. */
  sha256?: string;
  unmapped?: string;
  /** Its first snapshot lists the module's top level: it was compiled with the profiler on. */
  fromStart: boolean;
}

export interface ScriptSources {
  /** Identifies all scripts of a snapshot, by V8's script id; reads each file once. */
  identify(snapshot: Snapshot): Promise<Map<string, KnownScript>>;
  /** What the script file to upload is made of, read again: sources are not kept in memory. */
  scriptParts(sha256: string): ScriptParts | undefined;
}

/** Asks V8 for the text of scripts, by id, whose file's content is not what ran. */
export type AskForSources = (scriptIds: ReadonlySet<string>) => Promise<Map<string, string>>;

export function createScriptSources(ask: AskForSources, pathOf: (file: string) => string): ScriptSources {
  const known = new Map<string, KnownScript>();
  const fileOf = new Map<string, string>();
  /** Texts that are not the file's. */
  const differing = new Map<string, Buffer>();

  const remember = (script: SnapshotScript, ran: RanText | undefined, fromStart: boolean): void => {
    if (ran === undefined) {
      known.set(script.scriptId, { unmapped: "its source is neither on disk nor in V8", fromStart });
      return;
    }
    const { sha256, text } = ran;
    fileOf.set(sha256, script.file);
    known.set(script.scriptId, { sha256, fromStart });
    if (text !== undefined) differing.set(sha256, text);
  };
  return {
    async identify(snapshot) {
      const toAsk: { script: SnapshotScript; fromStart: boolean }[] = [];
      for (const script of snapshot.scripts.filter(({ scriptId }) => !known.has(scriptId))) {
        const length = topLevelLength(snapshot, script);
        const fromStart = length !== undefined;
        const ran = textOnDisk(snapshot, script, length);
        if (ran === undefined) toAsk.push({ script, fromStart });
        else remember(script, ran, fromStart);
      }
      if (toAsk.length === 0) return known;
      const asked = await ask(new Set(toAsk.map(({ script }) => script.scriptId))).catch(
        () => new Map<string, string>(),
      );
      for (const { script, fromStart } of toAsk) {
        const text = asked.get(script.scriptId);
        remember(script, text === undefined ? undefined : measured(Buffer.from(text)), fromStart);
      }
      return known;
    },
    scriptParts(sha256) {
      const file = fileOf.get(sha256);
      if (file === undefined) return undefined;
      return scriptPartsOf({ file, sha256, path: pathOf(file), text: differing.get(sha256) });
    },
  };
}

/** `text`: what ran, where it is not the file's. */
export function scriptPartsOf(script: {
  file: string;
  sha256: string;
  path: string;
  text?: Buffer | undefined;
}): ScriptParts {
  const { file, sha256, path, text } = script;
  const source = text === undefined ? textPieces(file) : [text];
  return { sha256, path, source, sourceMap: (tail) => mapBeside(file, tail) };
}

interface RanText {
  sha256: string;
  /** UTF-16 code units, which V8's offsets count. */
  length: number;
  /** Where the file cannot be read again to the same effect. */
  text?: Buffer;
}

function measured(text: Buffer): RanText {
  return { ...measure([text]), text };
}

function measure(pieces: Iterable<Buffer>): RanText {
  const hash = createHash("sha256");
  let length = 0;
  for (const piece of pieces) {
    hash.update(piece);
    length += utf16Length(piece);
  }
  return { sha256: hash.digest("hex"), length };
}

/** What ran, where the file tells. */
function textOnDisk(
  snapshot: Snapshot,
  script: SnapshotScript,
  length: number | undefined,
): RanText | undefined {
  const { file } = script;
  const onDisk = measureFile(file);
  if (onDisk === undefined) return undefined;
  if (isTypeScript(file)) {
    const ran = strippedTypes(file, wholeText(file) ?? "").map(measured);
    const fitting = ran.find((each) => each.length === length);
    if (fitting !== undefined) return fitting;
    // Stripped types leave a text as long as it was: without the length of all there is no telling.
    if (length === undefined) return undefined;
  }
  return lengthFits(onDisk.length, length, snapshot, script) ? onDisk : undefined;
}

/** Undefined: the file is gone. */
function measureFile(file: string): RanText | undefined {
  try {
    return measure(textPieces(file));
  } catch {
    const text = wholeText(file);
    return text === undefined ? undefined : measured(Buffer.from(text));
  }
}

/** Bytes that are no UTF-8 run as U+FFFD. Undefined: the file is gone. */
function wholeText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").replace(/^\uFEFF/, "");
  } catch {
    return undefined;
  }
}

/** Length of the decoded text in UTF-16 code units, which V8's offsets count. */
export function utf16Length(utf8: Uint8Array): number {
  if (isAscii(utf8)) return utf8.length;
  let units = 0;
  for (const byte of utf8) {
    // Every character but a continuation byte is one unit, and one of four bytes is two.
    if ((byte & 0xc0) !== 0x80) units += byte >= 0xf0 ? 2 : 1;
  }
  return units;
}

/** The end of the range that starts the script, where the snapshot lists the module's top level. */
function topLevelLength({ ranges }: Snapshot, { from, to }: SnapshotScript): number | undefined {
  if (to - from < 3 || ranges[from] !== 0) return undefined;
  const end = ranges[from + 1] as number;
  // A lone function at offset 0 is no top level; any other range beyond its end shows that.
  let start = 0;
  for (let at = from; at < to; at += 3) {
    start += ranges[at] as number;
    if (start + (ranges[at + 1] as number) > end) return undefined;
  }
  return end;
}

function lengthFits(
  units: number,
  length: number | undefined,
  snapshot: Snapshot,
  script: SnapshotScript,
): boolean {
  if (length !== undefined) return units === length;
  let start = 0;
  for (let at = script.from; at < script.to; at += 3) {
    start += snapshot.ranges[at] as number;
    if (start + (snapshot.ranges[at + 1] as number) > units) return false;
  }
  return true;
}

const mapComment = /\/[/*][#@] sourceMappingURL=([^\s'"*]+)/g;

/** The map beside the script; an inline one stays in the source. */
function mapBeside(file: string, tail: string): Iterable<Buffer> | undefined {
  const url = [...tail.matchAll(mapComment)].at(-1)?.[1];
  if (url === undefined || url.startsWith("data:") || /^[a-z]+:\/\//i.test(url)) return undefined;
  try {
    const map = join(dirname(file), decodeURIComponent(url));
    return existsSync(map) ? filePieces(map) : undefined;
  } catch {
    return undefined;
  }
}
