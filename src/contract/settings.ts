/**
 * The one table of settings: it makes the type, the docs page and the CDK props. What each is for stands in
 * settings-docs.ts, so that the agent does not carry the words.
 * A bad value never throws here: it is reported as a problem and the default is taken; the agent warns,
 * tools stop.
 */

import { defaultExcludePatterns } from "./default-patterns.ts";

export { defaultExcludePatterns };

interface Parser<T> {
  /** The value, or undefined where the text is not allowed. */
  parse(text: string): T | undefined;
  /** What is allowed, for messages and docs. */
  allowed: string;
}

export interface SettingRow<T> {
  env: string;
  parser: Parser<T>;
  default: T;
}

const text: Parser<string> = { parse: (value) => value, allowed: "text" };

const flag: Parser<boolean> = {
  parse: (value) => {
    if (/^(true|1|yes|on)$/i.test(value)) return true;
    if (/^(false|0|no|off)$/i.test(value)) return false;
    return undefined;
  },
  allowed: "true or false",
};

const patterns: Parser<string[]> = {
  parse: (value) =>
    value
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== ""),
  allowed: "comma-separated globs",
};

function choice<const T extends string>(...values: T[]): Parser<T> {
  const upper = values[0] === values[0]?.toUpperCase();
  return {
    parse: (value) => {
      const wanted = upper ? value.toUpperCase() : value.toLowerCase();
      return values.find((candidate) => candidate === wanted);
    },
    allowed: values.join(", "),
  };
}

function numberBetween(low: number, high: number): Parser<number> {
  return {
    parse: (value) => {
      const parsed = value.trim() === "" ? Number.NaN : Number(value);
      return parsed >= low && parsed <= high ? parsed : undefined;
    },
    allowed: `a number from ${low} to ${high}`,
  };
}

function row<T>(env: string, parser: Parser<T>, fallback: T): SettingRow<T> {
  return { env, parser, default: fallback };
}

const bucketName: Parser<string> = {
  parse: (value) => (/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(value) ? value : undefined),
  allowed: "an S3 bucket name (3 to 63 lower-case letters, digits, dots, hyphens)",
};

export const settingsTable = {
  s3Bucket: row<string | undefined>("COVERAGE_S3_BUCKET", bucketName, undefined),
  s3Prefix: row("COVERAGE_S3_PREFIX", text, "coverage/"),
  uploadTimeoutSeconds: row("COVERAGE_UPLOAD_TIMEOUT", numberBetween(0.1, 900), 30),
  includePatterns: row<string[]>("COVERAGE_INCLUDE_PATTERNS", patterns, []),
  excludePatterns: row<string[]>("COVERAGE_EXCLUDE_PATTERNS", patterns, defaultExcludePatterns),
  branchCoverage: row("COVERAGE_BRANCH_COVERAGE", flag, true),
  logLevel: row("COVERAGE_LOG_LEVEL", choice("DEBUG", "INFO", "WARNING", "ERROR"), "INFO"),
  debug: row("COVERAGE_DEBUG", flag, false),
  enabled: row("COVERAGE_ENABLED", flag, true),
  collector: row("COVERAGE_COLLECTOR", choice("auto", "probes", "v8"), "auto"),
  granularity: row("COVERAGE_GRANULARITY", choice("block", "function"), "block"),
  exactWindows: row("COVERAGE_EXACT_WINDOWS", flag, true),
  stacks: row("COVERAGE_STACKS", flag, false),
  sampleRate: row("COVERAGE_SAMPLE_RATE", numberBetween(0, 1), 1),
  upload: row("COVERAGE_UPLOAD", choice("every", "new"), "every"),
  uploadSources: row("COVERAGE_UPLOAD_SOURCES", flag, true),
  healthCheckPath: row<string | undefined>("COVERAGE_HEALTH_CHECK_PATH", text, undefined),
  metrics: row("COVERAGE_METRICS", flag, false),
} as const;

type Table = typeof settingsTable;
export type Settings = { -readonly [K in keyof Table]: Table[K] extends SettingRow<infer T> ? T : never };

/** COVERAGE_ variables that are ours but no setting, or another tool's (coverage.py's). */
const otherVariables = [
  "COVERAGE_NEXT_WRAPPER",
  "COVERAGE_PROCESS_START",
  "COVERAGE_PROCESS_CONFIG",
  "COVERAGE_FILE",
  "COVERAGE_RCFILE",
  "COVERAGE_CORE",
  "COVERAGE_RUN",
];

export interface SettingProblem {
  env: string;
  /** The value as set. */
  value: string;
  message: string;
}

/** Reads all settings from an environment. Never throws. An empty value counts as unset. */
export function readSettings(env: Record<string, string | undefined>): {
  settings: Settings;
  problems: SettingProblem[];
} {
  const problems: SettingProblem[] = [];
  const settings: Record<string, unknown> = {};
  for (const [name, entry] of Object.entries(settingsTable) as [string, SettingRow<unknown>][]) {
    settings[name] = entry.default;
    const value = env[entry.env];
    if (value === undefined || value === "") continue;
    const parsed = entry.parser.parse(value);
    if (parsed === undefined) {
      problems.push({
        env: entry.env,
        value,
        message: `${entry.env}=${JSON.stringify(value)} is not ${entry.parser.allowed}`,
      });
    } else settings[name] = parsed;
  }
  for (const name of Object.keys(env)) {
    if (name.startsWith("COVERAGE_") && !isKnown(name)) problems.push(unknownVariable(name, env[name] ?? ""));
  }
  return { settings: settings as Settings, problems };
}

const knownNames = new Set(Object.values(settingsTable).map((entry) => entry.env));

function isKnown(name: string): boolean {
  return knownNames.has(name) || otherVariables.includes(name);
}

function unknownVariable(name: string, value: string): SettingProblem {
  const nearest = nearestName(name, [...knownNames]);
  const hint = nearest === undefined ? "" : `; did you mean ${nearest}?`;
  return { env: name, value, message: `${name} is not a setting of this layer${hint}` };
}

/** The candidate within an edit distance of a third of the name's length, or undefined. */
export function nearestName(name: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.floor(name.length / 3) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(name, candidate);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(change, (previous[j] as number) + 1, (current[j - 1] as number) + 1));
    }
    previous = current;
  }
  return previous[b.length] as number;
}
