/** Object keys of the bucket: built and parsed here and nowhere else. */

export const coverageSuffix = ".coverage";
export const scriptsPrefix = "coverage-scripts/";
export const mapsPrefix = "coverage-maps/";
export const plansPrefix = "coverage-plans/";
export const initsPrefix = "coverage-inits/";
/** Only combiners write here. */
export const mappingsPrefix = "coverage-mappings/";

/** What is named by the hash of its content, or of what it is the content of: readers compute it again. */
export const contentPrefixes = [scriptsPrefix, mapsPrefix, plansPrefix, initsPrefix] as const;

/**
 * The keys that the role of a function with the layer may put, as IAM writes them. Its `?` and `*` stand for any
 * character, slashes too: the digits of the century keep out `sums/` and `combined/`. `prefix` `*`: any prefix.
 */
export function functionKeyPatterns(prefix: string): string[] {
  return [`${prefix}20??/??/??/*${coverageSuffix}`, ...contentPrefixes.map((folder) => `${folder}*`)];
}

/** Whether a function's role may have put a coverage file's key, below whatever prefix. */
export function isFunctionsKey(key: string): boolean {
  return /20..\/..\/..\/.*\.coverage$/s.test(key);
}

export interface CoverageKeyParts {
  prefix: string;
  /** Already sanitised when parsed from a key. */
  functionName: string;
  executionId: string;
  /** UTC date of the key's folders. */
  date: Date;
}

/** Replaces all that could steer or break a key; never empty, at most 200 characters. */
export function sanitiseKeyPart(text: string): string {
  const safe = text
    .slice(0, 200)
    .replace(/[^A-Za-z0-9._$-]/g, "_")
    .replace(/\.{2,}/g, (dots) => "_".repeat(dots.length))
    .replace(/^\.|\.$/g, "_");
  return safe === "" ? "_" : safe;
}

/**
 * A prefix as it is used: no leading slash, a trailing one unless empty, no `.` and `..` in it: S3 refuses keys
 * that climb, servers that keep files walk there.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
 */
export function normalisePrefix(prefix: string): string {
  const trimmed = prefix.replace(/(?<![^/])\.\.?(\/|$)/g, "").replace(/^\/+|\/+$/g, "");
  return trimmed === "" ? "" : `${trimmed}/`;
}

/** `HHMMSSmmm-<request id>[-n]` in UTC; a request id longer than Lambda's never costs the `-n`. */
export function formatExecutionId(at: Date, requestId: string, n = 0): string {
  const time = at.toISOString().slice(11, 23).replace(/[:.]/g, "");
  const id = `${sanitiseKeyPart(requestId.slice(0, 150))}${n > 0 ? `-${n}` : ""}`;
  return `${time}-${withoutTimes(id)}`;
}

/** The last `-HHMMSSmmm-` of a key begins its execution id: nothing that follows it may look like another. */
function withoutTimes(id: string): string {
  return id.replace(/(^|-)(\d{9})(?=-)/g, "$1$2_");
}

/** `{prefix}YYYY/MM/DD/{function}-{execution id}.coverage`, UTC. */
export function formatCoverageKey(parts: CoverageKeyParts): string {
  const [year, month, day] = parts.date.toISOString().slice(0, 10).split("-");
  const [, time = "", id = ""] = /^(\d{9}-)?(.*)$/s.exec(sanitiseKeyPart(parts.executionId)) ?? [];
  const name = `${sanitiseKeyPart(parts.functionName)}-${time}${withoutTimes(id)}`;
  return `${normalisePrefix(parts.prefix)}${year}/${month}/${day}/${name}${coverageSuffix}`;
}

const coverageKey =
  /^((?:.*\/)?)(\d{4})\/(\d{2})\/(\d{2})\/([A-Za-z0-9._$-]+)-(\d{9}-[A-Za-z0-9._$-]+)\.coverage$/;

/** The parts of a key that `formatCoverageKey` wrote, or undefined. */
export function parseCoverageKey(key: string): CoverageKeyParts | undefined {
  const match = coverageKey.exec(key);
  if (match === null) return undefined;
  const [, prefix, year, month, day, functionName, executionId] = match;
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  // 31 February is a Date for V8, the 3rd of March.
  if (Number.isNaN(date.getTime()) || date.getUTCDate() !== Number(day)) return undefined;
  return {
    prefix: prefix as string,
    functionName: functionName as string,
    executionId: executionId as string,
    date,
  };
}

/** `coverage-scripts/{sha256}.json`. */
export function formatScriptKey(sha256: string): string {
  return `${scriptsPrefix}${sha256}.json`;
}

/**
 * `coverage-scripts/sets/{sha256}.json`: a note that all scripts of a set lie in the bucket. The sha256 is that
 * of their own in ascending order, joined by line feeds.
 */
export function formatScriptSetKey(sha256: string): string {
  return `${scriptsPrefix}sets/${sha256}.json`;
}

/**
 * The key of the record that says a coverage file's sequence is lost. Nothing is ever overwritten, and the file
 * itself, or another one of the same request, may lie at the file's own key.
 */
export function formatLostKey(coverageKey: string, sequence: number): string {
  return `${coverageKey.slice(0, -coverageSuffix.length)}-lost-${sequence}${coverageSuffix}`;
}

/** The sha256 of a script key, or undefined. */
export function parseScriptKey(key: string): string | undefined {
  return /^coverage-scripts\/([0-9a-f]{64})\.json$/.exec(key)?.[1];
}

/** `coverage-plans/{sha256}.json`, the sha256 of the plan's JSON. */
export function formatPlanKey(sha256: string): string {
  return `${plansPrefix}${sha256}.json`;
}

/** The sha256 of a plan's key, or undefined. */
export function parsePlanKey(key: string): string | undefined {
  return /^coverage-plans\/([0-9a-f]{64})\.json$/.exec(key)?.[1];
}

/** `coverage-inits/{sha256}.json`, the sha256 of the init file's JSON. */
export function formatInitKey(sha256: string): string {
  return `${initsPrefix}${sha256}.json`;
}

/** The sha256 of an init file's key, or undefined. */
export function parseInitKey(key: string): string | undefined {
  return /^coverage-inits\/([0-9a-f]{64})\.json$/.exec(key)?.[1];
}

/** `coverage-mappings/{sha256}.{version}.json`: what combine computed of a script. */
export function formatMappingKey(sha256: string, version: number): string {
  return `${mappingsPrefix}${sha256}.${version}.json`;
}

/** Folder of partial sums below a prefix; combine reads it first. */
export const sumsFolder = "sums/";

/** `{prefix}sums/<UTC time>-<id>.coverage`: a partial sum. */
export function formatSumKey(prefix: string, at: Date, id: string): string {
  const time = at.toISOString().slice(0, 23).replace(/[:.]/g, "");
  return `${normalisePrefix(prefix)}${sumsFolder}${time}Z-${sanitiseKeyPart(id)}${coverageSuffix}`;
}

/** `{prefix}combined/<UTC time>.json`: the default place of a combined report. */
export function formatCombinedKey(prefix: string, at: Date): string {
  const time = at.toISOString().slice(0, 19).replace(/[:]/g, "");
  return `${normalisePrefix(prefix)}combined/${time}Z.json`;
}
