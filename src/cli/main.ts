#!/usr/bin/env node
/** `lambda-coverage`: runs one command, turns errors into words and an exit code. */
import { CommanderError } from "commander";
import { exitCodes } from "./exit-codes.ts";
import { printError } from "./print-error.ts";
import { buildProgram } from "./program.ts";
import { keepHeapSmall } from "./small-heap.ts";
import { processTerminal } from "./terminal.ts";

async function main(argv: string[]): Promise<void> {
  keepHeapSmall();
  // The AWS SDK tells users of Node 20 to upgrade, on every run; our own engines field says what we need.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
  for (const stream of [process.stdout, process.stderr]) stream.on("error", onOutputError);
  const program = buildProgram();
  for (const command of [program, ...program.commands, ...program.commands.flatMap((sub) => sub.commands)]) {
    command.exitOverride();
  }
  try {
    await program.parseAsync(argv);
  } catch (error) {
    process.exitCode = exitCodeOf(error);
  }
}

function exitCodeOf(error: unknown): number {
  // commander has printed its message, with the nearest name, already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok.code : exitCodes.usage.code;
  return printError(error, processTerminal().err);
}

/**
 * `lambda-coverage combine … | head` is no error, and no reason to stop: reports are still to be written, and the exit
 * code is the gate's. Output that a disk has no room for is an error, whatever else went well.
 */
function onOutputError(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") return;
  if (!hasOutputFailed) printError(error, processTerminal().err);
  hasOutputFailed = true;
}

let hasOutputFailed = false;
process.on("exit", () => {
  if (hasOutputFailed) process.exitCode ||= exitCodes.failed.code;
});

await main(process.argv);
