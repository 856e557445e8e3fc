import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { type Finding, type Page, prose } from "./pages.ts";

/** Links between pages and to files of the repository that lead nowhere; web addresses are not asked. */
export function deadLinks(root: string, pages: readonly Page[]): Finding[] {
  return pages.flatMap((page) => {
    const lines = withoutCode(page.text).split("\n");
    return lines.flatMap((line, at) =>
      [...line.matchAll(/\]\(([^()\s]+)\)/g)].flatMap((match) => {
        const message = problemOf(root, page, match[1] as string);
        return message === undefined ? [] : [{ path: page.path, line: at + 1, message }];
      }),
    );
  });
}

/** Pages below docs/ that no other page links to: nobody would find them. */
export function orphanPages(pages: readonly Page[]): Finding[] {
  const linked = new Set<string>();
  for (const page of pages) {
    for (const match of withoutCode(page.text).matchAll(/\]\(([^()\s#]+)(?:#[^()\s]*)?\)/g)) {
      const target = normalize(join(dirname(page.path), match[1] as string));
      if (target !== page.path) linked.add(target);
    }
  }
  return pages
    .filter(({ path }) => path.startsWith("docs/") && !linked.has(path))
    .map(({ path }) => ({ path, line: 1, message: "no other page links here" }));
}

// A link's text may be a code span, so spans are only blanked where they hold brackets themselves.
function withoutCode(text: string): string {
  return prose(
    text.replace(/(?<!`)`([^`\n]+)`(?!`)/g, (span, code: string) => (/[[\]()]/.test(code) ? span : code)),
  );
}

function problemOf(root: string, page: Page, target: string): string | undefined {
  if (/^[a-z]+:/.test(target)) return undefined;
  const [file = "", anchor] = target.split("#") as [string, string | undefined];
  const path = file === "" ? page.path : normalize(join(dirname(page.path), decodeURI(file)));
  if (path.startsWith("..")) return `the link ${target} leaves the repository`;
  const full = join(root, path);
  if (!existsSync(full)) return `the link ${target} leads nowhere: there is no ${path}`;
  if (anchor === undefined || statSync(full).isDirectory() || !path.endsWith(".md")) return undefined;
  if (anchorsOf(readFileSync(full, "utf8")).has(anchor)) return undefined;
  return `the link ${target} leads nowhere: ${path} has no heading or anchor "${anchor}"`;
}

/** Anchors as GitHub makes them from headings, and explicit `<a id="…">`. */
export function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  const seen = new Map<string, number>();
  let inside = false;
  for (const line of text.split("\n")) {
    if (/^\s*```/.test(line)) inside = !inside;
    if (inside) continue;
    for (const match of line.matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(match[1] as string);
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1];
    if (heading === undefined) continue;
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replace(/\s/g, "-");
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    anchors.add(times === 0 ? slug : `${slug}-${times}`);
  }
  return anchors;
}
