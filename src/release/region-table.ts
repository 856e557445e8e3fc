import type { ListedRegion } from "./list-layer.ts";
import { plainTable } from "./plain-table.ts";
import type { RegionResult, RegionState } from "./publish-region.ts";

const meanings: Record<RegionState, string> = {
  published: "published",
  present: "already there",
  planned: "would be published",
  "not-enabled": "region not enabled for this account",
  failed: "failed",
  unknown: "not known",
};

/** One row a region, then what differs and what to do. */
export function publishTable(results: readonly RegionResult[]): string {
  const table = plainTable(["region", "state", "version", "ARN"]);
  for (const { region, state, version, arn } of results) {
    table.push([region, meanings[state], version === undefined ? "" : String(version), arn ?? ""]);
  }
  return `${table.toString()}\n${differences(results)}${problems(results)}`;
}

/** Versions with this content that differ from the most frequent one, by name. */
function differences(results: readonly RegionResult[]): string {
  const byVersion = new Map<number, string[]>();
  for (const { version, region } of results) {
    if (version !== undefined) byVersion.set(version, [...(byVersion.get(version) ?? []), region]);
  }
  if (byVersion.size < 2) return "";
  const groups = [...byVersion].sort((a, b) => b[1].length - a[1].length);
  const lines = groups.map(([version, regions]) => `  version ${version}: ${regions.join(", ")}`);
  return `\nThe version number differs (--same-version makes it equal):\n${lines.join("\n")}\n`;
}

/** Equal problems of several regions are said once. */
function problems(rows: readonly (RegionResult | ListedRegion)[]): string {
  const regionsOf = new Map<string, string[]>();
  for (const { region, problem } of rows) {
    if (problem === undefined) continue;
    const text = `${problem.code}: ${problem.message}\n  ${problem.remedy}`;
    regionsOf.set(text, [...(regionsOf.get(text) ?? []), region]);
  }
  return [...regionsOf].map(([text, regions]) => `\n${regions.join(", ")}: ${text}\n`).join("");
}

export function listTable(rows: readonly ListedRegion[]): string {
  const table = plainTable(["region", "version", "this build", "created", "description"]);
  for (const { region, latest, isCurrent, problem } of rows) {
    const none = problem === undefined ? "never published" : "not known";
    const build = isCurrent === undefined ? "" : isCurrent ? "yes" : "no";
    const created = latest?.createdDate.slice(0, 10) ?? "";
    table.push([
      region,
      latest === undefined ? none : String(latest.version),
      build,
      created,
      latest?.description ?? "",
    ]);
  }
  return `${table.toString()}\n${problems(rows)}`;
}
