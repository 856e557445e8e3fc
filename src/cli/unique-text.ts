/** The answer of `unique` as people read it, with the first lines of code. */
import pc from "picocolors";
import { plural } from "../report/from-combine.ts";
import { formatLineRanges } from "../report/line-ranges.ts";
import type { UniqueFile } from "../report/unique.ts";
import { visibleText } from "../report/visible-text.ts";
import type { UniqueResult } from "./commands/unique.ts";
import type { Output } from "./terminal.ts";

const linesPerFile = 6;

export function renderUnique(result: UniqueResult, out: Output): string {
  const colours = pc.createColors(out.colour);
  const width = out.width ?? 100;
  const parts = [head(result, colours)];
  const statements = result.files.reduce((sum, file) => sum + file.statements, 0);
  const functions = result.files.reduce((sum, file) => sum + file.functions.length, 0);
  if (result.files.length === 0) {
    parts.push(`It ran nothing that ${plural(result.otherFiles, "other coverage file")} did not run too.`);
  } else {
    parts.push(
      `Only this request ran ${ranWords(functions, statements)} in ${plural(result.files.length, "file")}:`,
      ...result.files.map((file) => fileText(file, width, colours)),
    );
  }
  return `${parts.join("\n\n")}\n`;
}

function ranWords(functions: number, statements: number): string {
  const words = [
    functions > 0 && plural(functions, "function"),
    statements > 0 && plural(statements, "statement"),
  ];
  return words.filter(Boolean).join(" and ");
}

type Colours = ReturnType<typeof pc.createColors>;

function head({ request, holding, otherFiles }: UniqueResult, colours: Colours): string {
  const lines = holding.map(({ file }) => {
    const own = file.invocations.find((invocation) => invocation.requestId === request);
    const shared = file.invocations.length - 1;
    const facts = [
      `function ${visibleText(file.function.name)}`,
      own?.outcome ?? "",
      `${own?.durationMs.toFixed(1)} ms`,
      own?.startedAt ?? "",
    ];
    const warning =
      shared > 0
        ? `\n${colours.yellow(`! Its file also holds ${plural(shared, "other invocation")}: what they ran counts in.`)}`
        : "";
    const start =
      file.environment.sequence === 0
        ? `\n${colours.dim("The first of its execution environment: what ran at load counts in.")}`
        : "";
    return `${facts.join(", ")}${warning}${start}`;
  });
  const against = colours.dim(`held against ${plural(otherFiles, "other coverage file")}`);
  return `${colours.bold(`Request ${visibleText(request)}`)}\n${lines.join("\n")}\n${against}`;
}

function fileText(file: UniqueFile, width: number, colours: Colours): string {
  const functions = file.functions.map(
    ({ name, line }) => `  ${colours.bold(name)}  ${colours.dim(`${file.path}:${line}`)}`,
  );
  return [
    `${colours.cyan(file.path)}  ${file.lines.length > 0 ? `lines ${formatLineRanges(file.lines, 60)}` : ""}`,
    ...functions,
    ...codeLines(file, width, colours),
  ].join("\n");
}

function codeLines(file: UniqueFile, width: number, colours: Colours): string[] {
  if (file.source === undefined) return [];
  const text = file.source.split("\n");
  const numbers = file.lines.flatMap(({ from, to }) =>
    Array.from({ length: to - from + 1 }, (_, at) => from + at),
  );
  const shown = numbers.slice(0, linesPerFile).map((number) => {
    const code = visibleText((text[number - 1] ?? "").replaceAll("\t", "  ").trimEnd());
    const room = Math.max(20, width - 10);
    return `  ${colours.dim(String(number).padStart(5))}  ${code.length > room ? `${code.slice(0, room - 1)}…` : code}`;
  });
  const rest = numbers.length - shown.length;
  return rest > 0 ? [...shown, colours.dim(`         … ${plural(rest, "more line")}`)] : shown;
}
