/** python/coverage_wrapper/_agent/contract.py: what the Python agent shares with the Node.js one, as Python. */
import { defaultExcludePatterns } from "../../src/contract/default-patterns.ts";
import delivery from "../../src/contract/delivery.json" with { type: "json" };
import { otherVariables, type SettingRow, settingsTable } from "../../src/contract/settings.ts";
import { remedyText } from "./remedy-rows.ts";

export function pythonContract(): string {
  const { metricUnits, partitions, remedies, ...rest } = delivery;
  const constants = Object.entries(rest).map(([name, value]) => `${constantName(name)} = ${literal(value)}`);
  const rows = partitions.map((row) => `    ${tuple(row)},`);
  const settings = Object.entries(settingsTable).map(([name, row]) =>
    settingRow(name, row as SettingRow<unknown>),
  );
  return `# Generated from src/contract by \`npm run docs:generate\`; \`npm run docs:check\` fails where it is stale.
# fmt: off
# ruff: noqa: E501
from __future__ import annotations

DEFAULT_EXCLUDE_PATTERNS = ${literal(defaultExcludePatterns)}

# attribute: variable, kind, what is allowed, default
SETTINGS = {
${settings.join("\n")}
}

OTHER_VARIABLES = ${literal(otherVariables)}

${constants.join("\n")}
REMEDIES = {
${Object.entries(remedies)
  .map(([code, text]) => `    ${literal(code)}: ${literal(remedyText(text))},`)
  .join("\n")}
}
# Beginning of the region's name, DNS suffix, name in ARNs.
PARTITIONS = (
${rows.join("\n")}
)
METRIC_UNITS = {
${Object.entries(metricUnits)
  .map(([name, unit]) => `    ${literal(name)}: ${literal(unit)},`)
  .join("\n")}
}
`;
}

/** snake_case, and the specification's `upload_timeout`. */
export function pythonName(name: string): string {
  return name.replace("Seconds", "").replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

const constantName = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

function settingRow(name: string, { env, parser, default: fallback }: SettingRow<unknown>): string {
  const row = [env, ...kindOf(parser.allowed), fallback];
  return `    ${literal(pythonName(name))}: ${tuple(row)},`;
}

/** A parser's kind by what it allows; throws for one that Python has no parser for. */
function kindOf(allowed: string): [kind: unknown, allowed: string] {
  const range = /^a number from (\S+) to (\S+)$/.exec(allowed);
  if (range !== null) return [[Number(range[1]), Number(range[2])], allowed];
  const kinds: Record<string, string> = {
    text: "text",
    "true or false": "flag",
    "comma-separated globs": "patterns",
  };
  if (kinds[allowed] !== undefined) return [kinds[allowed], allowed];
  if (allowed.startsWith("an S3 bucket name")) return ["bucket", allowed];
  if (/^[A-Za-z0-9-]+(, [A-Za-z0-9-]+)+$/.test(allowed)) return ["choice", allowed];
  throw new Error(`python/coverage_wrapper/_agent/settings.py has no parser for "${allowed}"`);
}

function literal(value: unknown): string {
  if (value === undefined || value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  return JSON.stringify(value);
}

const tuple = (values: unknown[]): string => `(${values.map(literal).join(", ")})`;
