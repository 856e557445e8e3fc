/** Paths as they are printed: relative below the working folder, else absolute. */
import path from "node:path";

export function shortPath(file: string): string {
  const relative = path.relative(".", file);
  return relative.startsWith("..") || relative === "" ? path.resolve(file) : relative;
}
