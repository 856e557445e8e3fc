/** The whole command line as commander objects: run by main.ts, read by the docs generator. */
import { Command } from "commander";
import { combineCommand } from "./commands/combine.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { exportCommand } from "./commands/export.ts";
import { layerCommand } from "./commands/layer.ts";
import { loadTestCommand } from "./commands/load-test.ts";
import { localCommand } from "./commands/local.ts";
import { probeCommand } from "./commands/probe.ts";
import { reportCommand } from "./commands/report.ts";
import { showCommand } from "./commands/show.ts";
import { uniqueCommand } from "./commands/unique.ts";
import { addExamples } from "./examples.ts";
import { exitCodes } from "./exit-codes.ts";
import { packageVersion } from "./version.ts";

export function buildProgram(): Command {
  const program = new Command("lambda-coverage")
    .description("Know which lines of your deployed AWS Lambda functions really run.")
    .version(packageVersion(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .showSuggestionAfterError()
    .configureHelp({ sortSubcommands: false });
  for (const command of [
    combineCommand(),
    reportCommand(),
    showCommand(),
    uniqueCommand(),
    exportCommand(),
    probeCommand(),
    localCommand(),
    loadTestCommand(),
    layerCommand(),
    doctorCommand(),
  ])
    program.addCommand(inherit(command));
  addExamples(program, [
    { what: "report what ran today", command: "lambda-coverage combine s3://my-bucket/coverage/2026/11/20/" },
  ]);
  program.addHelpText("after", exitCodeHelp());
  return program;
}

function inherit(command: Command): Command {
  for (const sub of command.commands) inherit(sub);
  return command.helpOption("-h, --help", "print help").showSuggestionAfterError();
}

function exitCodeHelp(): string {
  const lines = Object.values(exitCodes).map(
    ({ code, meaning }) => `  ${String(code).padStart(3)}  ${meaning}`,
  );
  return `\nExit codes:\n${lines.join("\n")}`;
}
