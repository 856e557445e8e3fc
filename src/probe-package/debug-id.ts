/**
 * A copy's own debug id: by it Sentry and others find the map of exactly this text
 * (https://github.com/tc39/ecma426/blob/main/proposals/debug-id.md). The original's would lead to the original's map,
 * whose columns are not the copy's.
 */
import { createHash } from "node:crypto";

const uuid = "[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}";
/** The comment, and the mark in the line that Sentry's bundler plugins put in. */
const present = new RegExp(`(?://[#@] debugId=|sentry-dbid-)(${uuid})`);

/** The same text under an id of its own: an id that it has is replaced, which moves no column. */
export function withOwnDebugId(text: string): { text: string; debugId: string } {
  const debugId = uuidOf(text);
  const old = present.exec(text)?.[1];
  if (old !== undefined) return { text: text.replaceAll(old, debugId), debugId };
  return { text: `${text}${text.endsWith("\n") ? "" : "\n"}//# debugId=${debugId}\n`, debugId };
}

/** Of the content, so that equal texts have equal ids: RFC 9562's version 8. */
function uuidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-");
}
