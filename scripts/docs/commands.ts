/** What pages tell readers to type: commands and options of ours, make targets and npm scripts that there are. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { buildProgram } from "../../src/cli/program.ts";
import type { Finding, Page } from "./pages.ts";

/** A code span or the line of a block, from the word that names who is called. */
const typed = /(?<![\w/.@:-])(?:lambda-coverage(?: --)?|make|npm run(?: --silent)?) [a-z-][^`#|]*/g;

export function commandFindings(root: string, pages: readonly Page[]): Finding[] {
  const known: Known = {
    program: buildProgram(),
    targets: new Set(
      [...readFileSync(join(root, "Makefile"), "utf8").matchAll(/^([a-z-]+):/gm)].map((match) => match[1]),
    ),
    scripts: JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts,
  };
  return pages
    .filter(({ path }) => path !== "docs/cli.md" && path !== "CHANGELOG.md")
    .flatMap(({ path, text }) => findingsOf(path, text, known));
}

interface Known {
  program: Command;
  targets: Set<string | undefined>;
  scripts: Record<string, string>;
}

function findingsOf(path: string, text: string, known: Known): Finding[] {
  let inside = false;
  return text.split("\n").flatMap((line, at) => {
    if (/^\s*```/.test(line)) inside = /^\s*```(sh|bash)/.test(line);
    const spans = inside ? [line] : [...line.matchAll(/`([^`]+)`/g)].map((match) => match[1] as string);
    return spans
      .flatMap((span) => [...span.matchAll(typed)].map(([command]) => problemOf(command, known)))
      .filter((message) => message !== undefined)
      .map((message) => ({ path, line: at + 1, message }));
  });
}

/** Undefined where all is there. */
function problemOf(command: string, known: Known): string | undefined {
  const words = command
    .replace(/\$\([^)]*\)|'[^']*'/g, "value")
    .trim()
    .split(/\s+/);
  if (words[0] === "make") {
    return known.targets.has(plain(words[1])) ? undefined : `the Makefile has no target ${words[1]}`;
  }
  if (words[0] === "npm") {
    const script = plain(words.find((word, at) => at > 1 && !word.startsWith("-")));
    if (!(script in known.scripts)) return `package.json has no script ${script}`;
    return script === "lambda-coverage"
      ? ofProgram(words.slice(words.indexOf("--") + 1), known.program)
      : undefined;
  }
  return ofProgram(words.slice(words[1] === "--" ? 2 : 1), known.program);
}

/** `make load-test[-quick|-full]` names three. */
const plain = (word = "") => /^[\w:-]*/.exec(word)?.[0] ?? "";

function ofProgram(words: readonly string[], program: Command): string | undefined {
  let command = program;
  for (const word of words) {
    if (/^--?[a-z]/.test(word)) {
      const option = word.replace(/[=).,;…].*$/, "");
      const chain = command.parent === null ? [command] : [command, program];
      const isKnown = chain.some(({ options }) =>
        options.some(({ long, short }) => [long, short].includes(option)),
      );
      if (!isKnown && !["--help", "--version", "-h"].includes(option)) {
        return `lambda-coverage ${command.name()} has no option ${option}`;
      }
      continue;
    }
    const next = command.commands.find((candidate) => candidate.name() === plain(word));
    if (next !== undefined) command = next;
    else if (command.parent === null && /^[a-z-]+$/.test(word))
      return `lambda-coverage has no command ${word}`;
    else if (command === program) return undefined;
  }
  return undefined;
}
