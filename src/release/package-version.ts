import { readFileSync } from "node:fs";

/** This package's version: the one source of every version here. Two folders up from here, in the source and in dist. */
export function packageVersion(): string {
  const file = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
