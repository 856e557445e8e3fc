/** Values of options: parsed once, refused with what is allowed. */
import { InvalidArgumentError } from "commander";
import { nearestName } from "../contract/settings.ts";
import { type FormatName, formatNames } from "../report/format-names.ts";
import { checkOutputKey } from "../report/output-key.ts";
import { parseThresholds, type Thresholds } from "../report/thresholds.ts";

/** Comma-separated, and the option may be given again. */
export function list(value: string, previous: string[] | undefined): string[] {
  const parts = value
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  return [...(previous ?? []), ...parts];
}

export function formatList(value: string): FormatName[] {
  const wanted = new Set(list(value, undefined));
  if (wanted.size === 0) throw new InvalidArgumentError(`Allowed: ${formatNames.join(", ")}.`);
  return [...wanted].map(formatName);
}

function formatName(name: string): FormatName {
  const known = formatNames.find((candidate) => candidate === name);
  if (known !== undefined) return known;
  const nearest = nearestName(name, formatNames);
  const hint = nearest === undefined ? "" : ` Did you mean ${nearest}?`;
  throw new InvalidArgumentError(
    `${JSON.stringify(name)} is no format.${hint} Allowed: ${formatNames.join(", ")}.`,
  );
}

export function thresholds(value: string): Thresholds {
  return refused(() => parseThresholds(value));
}

export function outputKey(value: string): string {
  return refused(() => checkOutputKey(value));
}

function refused<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

export function byFunction(value: string): "function" {
  if (value === "function") return value;
  throw new InvalidArgumentError("Allowed: function.");
}
