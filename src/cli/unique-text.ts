/** The answer of `unique` as people read it, with the first lines of code. */
import pc from "picocolors";
import { plural } from "../report/from-combine.ts";
import { formatLineRanges } from "../report/line-ranges.ts";
import type { UniqueCode, UniqueFile } from "../report/unique.ts";
import { visibleText } from "../report/visible-text.ts";
import type { UniqueResult } from "./commands/unique.ts";
import type { Output } from "./terminal.ts";

const linesPerFile = 6;

export function renderUnique(result: UniqueResult, out: Output): string {
  const colours = pc.createColors(out.colour);
  const width = out.width ?? 100;
  const parts = [head(result, colours)];
  const files = result.files.filter((file) => file.functions.length + file.statements > 0);
  const uncertain = result.files.flatMap(({ path, source, uncertain: code }) =>
    code === undefined ? [] : [{ path, source, ...code }],
  );
  if (files.length > 0) {
    parts.push(
      `Only this request ran ${ranWords(files)} in ${plural(files.length, "file")}:`,
      ...files.map((file) => fileText(file, width, colours)),
    );
  } else if (uncertain.length === 0) {
    parts.push(`It ran nothing that ${plural(result.otherFiles, "other coverage file")} did not run too.`);
  }
  if (uncertain.length > 0) {
    parts.push(
      `${colours.yellow("! Others may have run it:")} no other file shows ${ranWords(uncertain)} in ${plural(uncertain.length, "file")}, but some do not show all that ran:`,
      ...uncertain.map((file) => fileText(file, width, colours)),
    );
  }
  return `${parts.join("\n\n")}\n`;
}

function ranWords(files: readonly UniqueCode[]): string {
  const statements = files.reduce((sum, file) => sum + file.statements, 0);
  const functions = files.reduce((sum, file) => sum + file.functions.length, 0);
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
        ? `\n${colours.dim("The first of its execution environment: code outside of functions ran at load and is left out; a function may have run at init, in this request, or both.")}`
        : "";
    return `${facts.join(", ")}${warning}${start}`;
  });
  const against = colours.dim(`held against ${plural(otherFiles, "other coverage file")}`);
  return `${colours.bold(`Request ${visibleText(request)}`)}\n${lines.join("\n")}\n${against}`;
}

function fileText(file: UniqueFile, width: number, colours: Colours): string {
  const functions = file.functions.map(({ name, line, orAtInit }) => {
    const when = orAtInit ? ", at init or in the first call" : "";
    return `  ${colours.bold(name)}  ${colours.dim(`${file.path}:${line}${when}`)}`;
  });
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
