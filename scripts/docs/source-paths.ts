import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Finding, Page } from "./pages.ts";

const pathSpan =
  /`((?:src|layer|scripts|tests|bench|infra|python|examples|docs)(?:\/[\w.-]+)*)`(?:\s*›\s*`(\w+)`)?/g;

/** Code spans that name a file or folder of the repository, or a name inside a file (`` `file` › `name` ``), that is gone. */
export function goneSourcePaths(root: string, pages: readonly Page[]): Finding[] {
  return pages.flatMap((page) =>
    [...page.text.matchAll(pathSpan)].flatMap((match) => {
      const [, path = "", name] = match;
      const line = page.text.slice(0, match.index).split("\n").length;
      const full = join(root, path);
      if (!existsSync(full)) return [{ path: page.path, line, message: `${path} is gone` }];
      if (name === undefined || new RegExp(`\\b${name}\\b`).test(readFileSync(full, "utf8"))) return [];
      return [{ path: page.path, line, message: `${path} has no ${name}` }];
    }),
  );
}
