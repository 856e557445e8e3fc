/** docs/cli.md, from the command line's own objects: what `--help` says, in one place. */
import type { Argument, Command, Option } from "commander";
import { examplesOf } from "../../src/cli/examples.ts";
import { exitCodes } from "../../src/cli/exit-codes.ts";
import { buildProgram } from "../../src/cli/program.ts";
import { formatTable } from "../../src/cli/report-options.ts";

export function cliPage(): string {
  const commands = buildProgram().commands.filter((command) => command.name() !== "help");
  return `${[
    "<!-- Made by `npm run docs:generate` from src/cli. Do not edit. -->",
    "# Command line",
    "[Getting started](getting-started.md) · [data format](data-format.md) · next: [settings](settings.md)",
    introduction,
    table(
      ["command", "does"],
      commands.map((command) => [
        `[\`${command.name()}\`](#lambda-coverage-${command.name()})`,
        command.summary(),
      ]),
    ),
    "## Exit codes",
    table(
      ["code", "meaning"],
      Object.values(exitCodes).map(({ code, meaning }) => [String(code), meaning]),
    ),
    "## Report formats",
    table(
      ["`--format`", "file", "for"],
      formatTable().map(([name, file, doc]) => [`\`${name}\``, `\`${file}\``, doc as string]),
    ),
    formatNotes,
    ...commands.flatMap((command) => commandSection(command, "lambda-coverage", 2)),
  ].join("\n\n")}\n`;
}

const introduction = `\`npx lambda-coverage <command> --help\` says the same as this page. Reports and \`--json\` go to standard
output, progress and messages to standard error. Colour and the progress bar appear on a terminal only, and not
with \`NO_COLOR\`. \`DEBUG=1\` adds stack traces to errors. S3 is reached as the AWS SDK does it: profile, environment,
SSO, roles; \`AWS_ENDPOINT_URL_S3\` names another server. A location is taken as a folder (\`coverage/2026\` does not
match \`coverage/20261\`); end it in \`*\` to match the beginning of names, in quotes so that the shell leaves it alone.`;

const formatNotes = `In the bucket (\`--output-key\`), the \`coverage-py\` JSON lies at the key itself, and \`json\`, \`lcov\`, \`cobertura\` and
\`html/\` in a folder of its stem. What was skipped, lost or unknown is in every report that people read, and in
\`meta.lambda_coverage\` of the combined JSON.`;

function commandSection(command: Command, parent: string, level: number): string[] {
  const name = `${parent} ${command.name()}`;
  const options = command.options.filter((option) => !option.hidden);
  return [
    `${"#".repeat(level)} ${name}`,
    escapeCell(command.description()),
    `\`\`\`\n${name} ${command.usage()}\n\`\`\``,
    argumentsTable(command.registeredArguments),
    options.length === 0 ? "" : table(["option", "meaning", "default"], options.map(optionRow)),
    examples(command),
    ...command.commands
      .filter((sub) => sub.name() !== "help")
      .flatMap((sub) => commandSection(sub, name, level + 1)),
  ].filter((part) => part !== "");
}

function argumentsTable(list: readonly Argument[]): string {
  if (list.length === 0) return "";
  return table(
    ["argument", "meaning"],
    list.map((argument) => [`\`${argument.name()}\``, argument.description]),
  );
}

function optionRow(option: Option): string[] {
  const { defaultValue, defaultValueDescription: described } = option;
  const isUnset = defaultValue === undefined || defaultValue === false || option.negate;
  const shown = described ?? (typeof defaultValue === "string" ? defaultValue : JSON.stringify(defaultValue));
  const empty = shown === "[]" || shown === "{}";
  const choices = option.argChoices ? ` (${option.argChoices.join(", ")})` : "";
  return [`\`${option.flags}\``, `${option.description}${choices}`, isUnset || empty ? "" : `\`${shown}\``];
}

function examples(command: Command): string {
  const list = examplesOf(command);
  if (list.length === 0) return "";
  return `\`\`\`sh\n${list.map(({ what, command: line }) => `# ${what}\n${line}`).join("\n")}\n\`\`\``;
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map(escapeCell).join(" | ")} |`;
  return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}

/** A pipe ends a cell, and `<key>` outside of code would be html. */
function escapeCell(text: string): string {
  return text
    .replaceAll("|", "\\|")
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith("`") ? part : part.replaceAll("<", "&lt;")))
    .join("");
}
