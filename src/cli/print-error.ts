/** One error as people read it: what happened, what to do; the stack trace only with DEBUG. */
import pc from "picocolors";
import { visibleText } from "../report/visible-text.ts";
import { CliError } from "./cli-error.ts";
import { type ExitName, exitCodes } from "./exit-codes.ts";
import { systemTrouble } from "./system-error.ts";
import type { Output } from "./terminal.ts";

interface KnownError {
  code?: unknown;
  remedy?: unknown;
  exit?: ExitName;
}

/** Prints the error and returns the exit code. */
export function printError(error: unknown, err: Output, env: NodeJS.ProcessEnv = process.env): number {
  const known = (typeof error === "object" && error !== null ? error : {}) as KnownError;
  const { code, exit } = known;
  // Of the store's errors only the last one has no words of its own for what the disk said.
  const fromSystem = code === "StoreFailed" ? (error as Error).cause : error;
  const trouble =
    typeof known.remedy === "string" && fromSystem === error ? undefined : systemTrouble(fromSystem);
  const { message, remedy } = trouble ?? { message: messageOf(error), remedy: known.remedy };
  const colours = pc.createColors(err.colour);
  const codeText = typeof code === "string" ? colours.dim(` [${code}]`) : "";
  err.write(`${colours.red("error:")} ${lines(message)}${codeText}\n`);
  if (typeof remedy === "string") err.write(`  ${lines(remedy)}\n`);
  if (isDebug(env)) err.write(`${stackOf(error)}\n`);
  else if (typeof remedy !== "string")
    err.write(`  ${colours.dim("Run again with DEBUG=1 for the stack trace.")}\n`);
  return exitCodes[error instanceof CliError ? error.exit : exitOf(code, exit)].code;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Errors of combine that are about the data, not about a failure. */
function exitOf(code: unknown, exit: ExitName | undefined): ExitName {
  if (exit !== undefined) return exit;
  return typeof code === "string" && code in exitsByCode ? (exitsByCode[code] as ExitName) : "failed";
}

const exitsByCode: Record<string, ExitName> = {
  InvalidLocation: "usage",
  NoCoverageFiles: "noCoverage",
  NoMappedCode: "noCoverage",
  SkippedFile: "strict",
};

export function isDebug(env: NodeJS.ProcessEnv): boolean {
  return env.DEBUG !== undefined && env.DEBUG !== "" && env.DEBUG !== "0";
}

function lines(text: string): string {
  return text.split("\n").map(visibleText).join("\n  ");
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const cause =
    error.cause === undefined ? "" : `\ncaused by: ${stackOf(error.cause) || String(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
