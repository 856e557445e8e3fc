/** `istanbul ignore`, `c8 ignore`, `v8 ignore`, `node:coverage ignore`, as ast-v8-to-istanbul reads them. */
import type { Comment } from "acorn";

export type HintKind = "if" | "else" | "next";

export class IgnoreHints {
  /** The whole script is ignored. */
  file = false;
  /** By the offset of the node that follows the comment: the first hint that ends there. */
  readonly byNextStart = new Map<number, HintKind>();
  readonly #source: string;
  #read = 0;

  constructor(source: string) {
    this.#source = source;
  }

  /** Reads the comments that came since the last call. */
  read(comments: readonly Pick<Comment, "value" | "end">[]): void {
    for (; this.#read < comments.length; this.#read++) {
      const { value, end } = comments[this.#read] as Comment;
      const kind = hint.exec(value.replace(/^\*/, "").replace(/\*$/, ""))?.[1];
      if (kind === undefined) continue;
      if (kind === "file") this.file = true;
      const next = nextToken(this.#source, end);
      if (!this.byNextStart.has(next)) this.byNextStart.set(next, kind as HintKind);
    }
  }
}

const hint = /^\s*(?:istanbul|[cv]8|node:coverage)\s+ignore\s+(if|else|next|file)(?=\W|$)/;
const lineHint = /\s*(?:istanbul|[cv]8|node:coverage)\s+ignore\s+(start|stop)(?=\W|$)/;

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
