import { createHash } from "node:crypto";

/** Lower-case hex sha256 of a text's UTF-8: how scripts and sources are told apart. */
export function sha256Hex(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}
