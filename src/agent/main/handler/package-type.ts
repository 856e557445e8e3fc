import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Whether the nearest package.json makes the file an ES module; `unreadable` decides for one that is no JSON. */
export function isTypeModule(
  file: string,
  unreadable: (manifest: string, error: unknown) => boolean,
): boolean {
  const folder = dirname(file);
  if (folder.endsWith("/node_modules")) return false;
  const manifest = join(folder, "package.json");
  if (existsSync(manifest)) {
    try {
      const parsed = JSON.parse(readFileSync(manifest, "utf8")) as { type?: unknown } | null;
      if (parsed) return parsed.type === "module";
    } catch (error) {
      return unreadable(manifest, error);
    }
  }
  return folder === "/" ? false : isTypeModule(folder, unreadable);
}
