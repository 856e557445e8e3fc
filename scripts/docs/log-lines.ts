/** Every line that the layer or the local Lambda writes for people has a place on the troubleshooting page. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "@babel/parser";
import type { Finding } from "./pages.ts";

const page = "docs/troubleshooting.md";
const typescriptFolders = ["src/agent", "src/api", "src/local/lambda"];
const pythonFolders = ["python/coverage_wrapper"];
const shellScripts = ["layer/coverage-wrapper", "python/layer/start-agent.sh"];

/** What a reason to be off is written behind. */
const off = "No coverage: ";

/** What varies is written as `…`, here and on the page. */
export function logLineFindings(root: string): Finding[] {
  const text = read(root, page);
  const documented = codeSpans(text);
  const written = logLines(root);
  const missing = [...written].filter(([line]) => !documented.has(line) && !documented.has(`${off}${line}`));
  const inTable = [...firstCells(text)];
  const gone = inTable.filter(({ span }) => !written.has(span) && !written.has(span.replace(off, "")));
  return [
    ...missing.map(([line, path]) => ({
      path,
      line: 1,
      message: `${page} does not have the line \`${line}\``,
    })),
    ...gone.map(({ span, line }) => ({ path: page, line, message: `nothing writes the line \`${span}\`` })),
  ];
}

/** Line → the file that writes it. */
export function logLines(root: string): Map<string, string> {
  const lines = new Map<string, string>();
  const note = (path: string, found: string[]) => {
    for (const line of found.map((text) => text.replaceAll("`", "").trim()).filter(isProse)) {
      if (!lines.has(line)) lines.set(line, path);
    }
  };
  for (const path of filesIn(root, typescriptFolders, ".ts")) note(path, linesOfTypeScript(read(root, path)));
  for (const path of filesIn(root, pythonFolders, ".py")) note(path, linesOfPython(read(root, path)));
  for (const path of shellScripts) note(path, linesOfShell(read(root, path)));
  return lines;
}

function read(root: string, path: string): string {
  return readFileSync(join(root, path), "utf8");
}

function filesIn(root: string, folders: string[], extension: string): string[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(extension) && !/\.(test|fixture)\.ts$/.test(name))
      .map((name) => `${folder}/${name}`)
      .sort(),
  );
}

/** Where hardly a word is left beside what varies, the line is put together from others. */
function isProse(line: string): boolean {
  return (line.match(/[A-Za-z]{2,}/g) ?? []).length >= 2;
}

interface Node {
  type: string;
  [member: string]: unknown;
}

/** Arguments of log calls, `message` members, what the health check and standard error get. */
export function linesOfTypeScript(text: string): string[] {
  const found: string[] = [];
  visit(parse(text, { sourceType: "module", plugins: ["typescript"] }).program as unknown as Node);
  return found;

  function visit(node: Node): void {
    if (node.type === "CallExpression" && isWriting(node.callee as Node)) take((node.arguments as Node[])[0]);
    if (node.type === "ObjectProperty" && (node.key as Node).name === "message") take(node.value as Node);
    for (const member of Object.values(node)) {
      for (const child of Array.isArray(member) ? member : [member]) if (isNode(child)) visit(child);
    }
  }

  function take(value: Node | undefined): void {
    if (value?.type === "StringLiteral") found.push(value.value as string);
    if (value?.type !== "TemplateLiteral") return;
    const quasis = value.quasis as { value: { cooked: string } }[];
    found.push(quasis.map((part) => part.value.cooked).join("…"));
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof (value as Node).type === "string";
}

/** `log.warn(…)`, `parts.log.warn(…)`, `this.#log.warn(…)`, `warnings.push(…)`, `process.stderr.write(…)`. */
function isWriting(callee: Node): boolean {
  if (callee.type !== "MemberExpression") return false;
  const object = callee.object as Node;
  const property = object.property as Node | undefined;
  // Babel has the name of `#log` one level down.
  const on = String(object.name ?? property?.name ?? (property?.id as Node | undefined)?.name);
  const method = String((callee.property as Node).name);
  return (
    (on === "log" && ["debug", "info", "warn", "error"].includes(method)) ||
    (["errors", "warnings"].includes(on) && method === "push") ||
    (on === "stderr" && method === "write")
  );
}

/** Arguments of log calls, and the texts that reach them by the names that the agent uses. */
export function linesOfPython(text: string): string[] {
  const strings = String.raw`\(?\s*((?:f?"(?:[^"\\\n]|\\.)*"\s*)+)`;
  const patterns = [
    String.raw`log\.write\(\s*"[A-Z]+",\s*${strings}`,
    String.raw`\.failure${strings}`,
    `_log_failure${strings}`,
    String.raw`\bmessage = ${strings}`,
    String.raw`\breturn ${strings}`,
    String.raw`\bCollectorError${strings}`,
    String.raw`\bwarnings\.append${strings}`,
  ];
  const found = patterns.flatMap((pattern) => [...text.matchAll(new RegExp(pattern, "g"))]);
  const guarded = [...text.matchAll(/\bguarded\("([^"]*)"/g)].map((match) => `${match[1]} failed`);
  return [...found.map((match) => joined(match[1] as string)), ...guarded].filter((line) =>
    line.includes(" "),
  );
}

/** Python joins strings that stand side by side. */
function joined(strings: string): string {
  const parts = [...strings.matchAll(/"((?:[^"\\\n]|\\.)*)"/g)].map((match) => match[1]);
  return parts.join("").replace(/\{[^{}]*\}/g, "…");
}

export function linesOfShell(text: string): string[] {
  return [...text.matchAll(/\bsay "([^"]*)"/g)].map((match) => match[1] as string);
}

function codeSpans(text: string): Set<string> {
  return new Set([...text.matchAll(/`([^`\n]+)`/g)].map((match) => match[1] as string));
}

/** The lines that the page's tables of lines name: first cells, below a heading that says so. */
function* firstCells(text: string): Generator<{ span: string; line: number }> {
  let inLines = false;
  for (const [at, row] of text.split("\n").entries()) {
    if (row.startsWith("#")) inLines = /\blines\b/i.test(row);
    const cell = inLines ? /^\| (.*?) \|/.exec(row)?.[1] : undefined;
    for (const span of codeSpans(cell ?? "")) yield { span, line: at + 1 };
  }
}
