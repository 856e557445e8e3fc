/** `istanbul ignore`, `c8 ignore`, `v8 ignore`, `node:coverage ignore`, as ast-v8-to-istanbul reads them. */
import type { Comment } from "acorn";

export type HintKind = "if" | "else" | "next";

export interface IgnoreHints {
  /** The whole script is ignored. */
  file: boolean;
  /** By the offset of the node that follows the comment: the first hint that ends there. */
  byNextStart: ReadonlyMap<number, HintKind>;
}

const hint = /^\s*(?:istanbul|[cv]8|node:coverage)\s+ignore\s+(if|else|next|file)(?=\W|$)/;
const lineHint = /\s*(?:istanbul|[cv]8|node:coverage)\s+ignore\s+(start|stop)(?=\W|$)/;

export function readIgnoreHints(source: string, comments: readonly Comment[]): IgnoreHints {
  const byNextStart = new Map<number, HintKind>();
  for (const comment of comments) {
    const text = comment.value.replace(/^\*/, "").replace(/\*$/, "");
    const kind = hint.exec(text)?.[1];
    if (kind === undefined) continue;
    if (kind === "file") return { file: true, byNextStart };
    const next = nextToken(source, comment.end);
    if (!byNextStart.has(next)) byNextStart.set(next, kind as HintKind);
  }
  return { file: false, byNextStart };
}

function nextToken(source: string, offset: number): number {
  const space = /\s*/y;
  space.lastIndex = offset;
  space.test(source);
  return space.lastIndex;
}

/** Lines (1-based) of an original source between `ignore start` and `ignore stop`. */
export function ignoredLines(source: string | undefined): ReadonlySet<number> {
  const ignored = new Set<number>();
  if (source === undefined || !source.includes("ignore")) return ignored;
  let isOpen = false;
  for (const [index, line] of source.split(/\r?\n/).entries()) {
    const kind = lineHint.exec(line)?.[1];
    if (kind === "start") isOpen = true;
    if (isOpen) ignored.add(index + 1);
    if (kind === "stop") isOpen = false;
  }
  return ignored;
}
