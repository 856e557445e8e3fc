/**
 * Node.js finds the exports of a CommonJS file by reading its text, not by running it: a getter with a probe in it is
 * no longer one that it knows. What a copy would hide is named once more, in code that never runs.
 */
import { initSync, parse } from "cjs-module-lexer";

interface Found {
  exports: string[];
  reexports: string[];
}

/** Statements for the copy's first line, so that Node.js finds in it what it finds in the original. */
export function hiddenExports(original: string, copy: string): string {
  const before = find(original);
  if (before.exports.length + before.reexports.length === 0) return "";
  const after = find(copy);
  const names = missing(before.exports, after.exports).map((name) => `exports[${JSON.stringify(name)}]=`);
  const modules = missing(before.reexports, after.reexports);
  // Read as what TypeScript writes for `export * from`; it adds to the modules found, where others replace them.
  const stars = modules.map((module) => `__exportStar(require(${JSON.stringify(module)}),exports);`);
  const named = names.length === 0 ? "" : `${names.join("")}0;`;
  return named === "" && stars.length === 0 ? "" : `if(0){${named}${stars.join("")}}`;
}

function find(text: string): Found {
  initSync();
  try {
    return parse(text);
  } catch {
    // Node.js finds nothing either in what its lexer does not understand.
    return { exports: [], reexports: [] };
  }
}

function missing(wanted: readonly string[], found: readonly string[]): string[] {
  const there = new Set(found);
  return wanted.filter((name) => !there.has(name));
}
