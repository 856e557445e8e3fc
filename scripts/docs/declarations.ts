/** Reads the declarations of a .d.ts file as the compiler writes it: one statement after the other. */
export interface Declaration {
  name: string;
  /** The comment before it, as markdown. */
  doc: string;
  /** Without `export declare`, private members and the comment. */
  code: string;
}

const start = /^export (?:declare )?(?:async )?(?:abstract )?(?:function|class|interface|type|const) (\w+)/;

export function declarationsIn(text: string): Declaration[] {
  const declarations: Declaration[] = [];
  let comment: string[] = [];
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] as string;
    if (line.startsWith("/**")) {
      const end = lines.findIndex((candidate, index) => index >= at && candidate.includes("*/"));
      comment = lines.slice(at, end + 1);
      at = end;
      continue;
    }
    const name = start.exec(line)?.[1];
    if (name !== undefined) {
      const end = endOfStatement(lines, at);
      declarations.push({ name, doc: markdownOf(comment), code: codeOf(lines.slice(at, end + 1)) });
      at = end;
    }
    comment = [];
  }
  return declarations;
}

/** The line where the braces are closed again. */
function endOfStatement(lines: readonly string[], from: number): number {
  let depth = 0;
  for (let at = from; at < lines.length; at++) {
    for (const character of withoutText(lines[at] as string)) {
      if ("{([".includes(character)) depth++;
      else if ("})]".includes(character)) depth--;
    }
    if (depth === 0) return at;
  }
  return lines.length - 1;
}

function withoutText(line: string): string {
  return line.replace(/"[^"]*"|\/\/.*$|^\s*\/?\*.*$/g, "");
}

function markdownOf(comment: readonly string[]): string {
  return comment
    .map((line) => line.replace(/\s*\*\/$/, "").replace(/^\s*\/?\*+\s?/, ""))
    .join("\n")
    .trim();
}

function codeOf(lines: readonly string[]): string {
  return lines
    .filter((line) => !/^\s+(#private|private )/.test(line))
    .map((line) =>
      line
        .replace(/^export (declare )?/, "")
        .replace(/^ {4}/, "  ")
        .replace(/^ {6}/, "    "),
    )
    .join("\n");
}
