/** ES modules that import each other in a circle: functions of one may run before its own first line has. */
import { realpathSync } from "node:fs";
import { join, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parse } from "acorn";
import { resolve } from "import-meta-resolve";

/** From each module to those that it imports, by relative paths. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** What the modules of `entries` import, and what that imports. `textOf`: undefined for what is no ES module. */
export function importGraph(
  root: string,
  entries: readonly string[],
  textOf: (path: string) => string | undefined,
): ImportGraph {
  const graph = new Map<string, readonly string[]>();
  const waiting = [...entries];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (graph.has(path)) continue;
    const text = textOf(path);
    const imported = text === undefined ? [] : importsOf(root, path, text);
    graph.set(path, imported);
    waiting.push(...imported);
  }
  return graph;
}

function importsOf(root: string, path: string, text: string): string[] {
  const from = pathToFileURL(join(root, path)).href;
  return staticImports(text).flatMap((specifier) => resolved(root, specifier, from) ?? []);
}

/** Not `import()`: it waits until the module has run. Empty for a text that does not parse, which does not run. */
function staticImports(text: string): string[] {
  try {
    const { body } = parse(text, { ecmaVersion: "latest", sourceType: "module", allowHashBang: true });
    return body.flatMap((node) => {
      const source = "source" in node ? node.source : undefined;
      return typeof source?.value === "string" ? source.value : [];
    });
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return [];
    throw error;
  }
}

/** Undefined: a builtin, outside of the package, or not there. */
function resolved(root: string, specifier: string, from: string): string | undefined {
  try {
    const url = resolve(specifier, from);
    if (!url.startsWith("file:")) return undefined;
    const file = realpathSync(fileURLToPath(url));
    return file.startsWith(root + sep) ? file.slice(root.length + 1).replaceAll(sep, "/") : undefined;
  } catch {
    return undefined; // It fails in the function, too, or a layer has it, which imports nothing of ours.
  }
}

/**
 * Every module in a cycle; one that lies between two cycles may be among them, which costs it a little speed. What
 * imports nothing that is left, or is imported by nothing that is left, is taken away until only cycles are.
 */
export function modulesInCycles(graph: ImportGraph): Set<string> {
  const left = withoutEnds(graph);
  return withoutEnds(reversed(graph, left));
}

function withoutEnds(graph: ImportGraph): Set<string> {
  const left = new Set(graph.keys());
  const importers = reversed(graph, left);
  const open = new Map<string, number>();
  const ends: string[] = [];
  for (const [path, imported] of graph) {
    const count = new Set(imported.filter((other) => other !== path && left.has(other))).size;
    open.set(path, count);
    if (count === 0) ends.push(path);
  }
  for (let end = ends.pop(); end !== undefined; end = ends.pop()) {
    left.delete(end);
    for (const importer of importers.get(end) ?? []) {
      const count = (open.get(importer) ?? 0) - 1;
      open.set(importer, count);
      if (count === 0) ends.push(importer);
    }
  }
  return left;
}

function reversed(graph: ImportGraph, among: ReadonlySet<string>): ImportGraph {
  const importers = new Map<string, Set<string>>([...among].map((path) => [path, new Set()]));
  for (const [path, imported] of graph) {
    if (!among.has(path)) continue;
    for (const other of imported) if (other !== path) importers.get(other)?.add(path);
  }
  return new Map([...importers].map(([path, set]) => [path, [...set]]));
}
