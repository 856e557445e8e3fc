/** Examples below a command's options: help that can be pasted. */
import type { Command } from "commander";

export interface Example {
  what: string;
  command: string;
}

const byCommand = new WeakMap<Command, readonly Example[]>();

export function addExamples(command: Command, examples: readonly Example[]): Command {
  byCommand.set(command, examples);
  const lines = examples.map(({ what, command: line }) => `  # ${what}\n  $ ${line}`);
  return command.addHelpText("after", `\nExamples:\n${lines.join("\n")}`);
}

export function examplesOf(command: Command): readonly Example[] {
  return byCommand.get(command) ?? [];
}
