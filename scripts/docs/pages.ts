import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

export interface Page {
  /** Relative to the repository's root, with forward slashes. */
  path: string;
  text: string;
}

/** A finding as `file:line: what is wrong`. */
export interface Finding {
  path: string;
  line: number;
  message: string;
}

const skippedFolders = new Set(["node_modules", "dist", "cdk.out", "fixtures", "gold", "sample-report"]);

/** Every Markdown page of the repository that is ours. */
export function readPages(root: string): Page[] {
  const pages: Page[] = [];
  const visit = (folder: string) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.name.startsWith(".") || skippedFolders.has(entry.name)) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) visit(path);
      else if (entry.name.endsWith(".md")) {
        pages.push({ path: relative(root, path).replaceAll("\\", "/"), text: readFileSync(path, "utf8") });
      }
    }
  };
  visit(root);
  return pages.sort((a, b) => a.path.localeCompare(b.path));
}

export interface Fence {
  language: string;
  /** 1-based line of the block's first line of code. */
  line: number;
  code: string;
}

/** The fenced code blocks of a page. */
export function fences(text: string): Fence[] {
  const found: Fence[] = [];
  let open: { language: string; line: number; lines: string[] } | undefined;
  text.split("\n").forEach((content, at) => {
    const fence = /^\s*```(\S*)/.exec(content);
    if (open === undefined && fence) open = { language: fence[1] ?? "", line: at + 2, lines: [] };
    else if (open !== undefined && fence) {
      found.push({ language: open.language, line: open.line, code: `${open.lines.join("\n")}\n` });
      open = undefined;
    } else open?.lines.push(content);
  });
  return found;
}

/** The page with the text of its code blocks and code spans blanked, line numbers kept. */
export function prose(text: string): string {
  let inside = false;
  return text
    .split("\n")
    .map((line) => {
      if (/^\s*```/.test(line)) {
        inside = !inside;
        return "";
      }
      return inside ? "" : line.replace(/`[^`]*`/g, (span) => " ".repeat(span.length));
    })
    .join("\n");
}

/** A line of a Markdown table as its cells' text, `\|` unescaped; undefined for anything else. */
export function tableCells(line: string): string[] | undefined {
  if (!/^\|.*\|\s*$/.test(line) || /^\|[\s|:-]+\|\s*$/.test(line)) return undefined;
  return line
    .trim()
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll("\\|", "|"));
}
