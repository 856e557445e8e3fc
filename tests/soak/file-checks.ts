/** What holds of the coverage files of one sandbox's calls, whatever happened to it. */
import type { CoverageFile } from "../../src/contract/coverage-file.ts";
import type { Host } from "../behaviour/host.ts";
import { coveredCode } from "./covered.ts";
import type { EpisodePlan } from "./episode-plan.ts";

/** Nobody profiles in the soak: only these may end a sequence. */
const lossReasons = ["killed", "fallback-full"];

/** A file names only requests that were made; each sequence of an environment comes once. */
export function fileViolations(files: readonly CoverageFile[], requestIds: readonly string[]): string[] {
  const known = new Set(requestIds);
  const unknown = files
    .flatMap(({ invocations }) => invocations)
    .filter(({ requestId }) => !known.has(requestId))
    .map(({ requestId }) => `a file names the unknown request ${requestId}`);
  const reasons = files
    .map(({ lost }) => lost?.reason)
    .filter((reason) => reason !== undefined && !lossReasons.includes(reason))
    .map((reason) => `a loss for the reason ${reason}`);
  return [...unknown, ...reasons, ...sequenceViolations(files)];
}

function sequenceViolations(files: readonly CoverageFile[]): string[] {
  const sequences = files.map(({ environment }) => `${environment.id}/${environment.sequence}`);
  return sequences
    .filter((sequence, at) => sequences.indexOf(sequence) !== at)
    .map((sequence) => `${sequence} is stored twice`);
}

/**
 * `counted` ran once in each invocation: a file counts as many as it names. Files that share an invocation (a
 * deadline's snapshot and the rest) are added up.
 */
export async function countViolations(host: Host, files: readonly CoverageFile[]): Promise<string[]> {
  const countable = files.filter(({ lost, granularity }) => lost === undefined && granularity === "block");
  const violations: string[] = [];
  for (const group of groupsSharingRequests(countable)) {
    const count = await host.countAt(group, "index.js", "return n + 1;");
    const named = new Set(group.flatMap(requestIdsOf)).size;
    if (count === named) continue;
    const names = group.map(({ environment }) => `${environment.id}/${environment.sequence}`);
    const outcomes = group.flatMap(({ invocations }) => invocations.map(({ outcome }) => outcome));
    violations.push(`${names.join(" + ")} counts ${count} for ${named} invocations (${outcomes.join(", ")})`);
  }
  return violations;
}

/** Each file of a warm environment shows what the others of its event do; the first holds init, too. */
export async function windowViolations(
  host: Host,
  files: readonly CoverageFile[],
  requestIds: readonly string[],
  { events }: EpisodePlan,
): Promise<string[]> {
  const violations: string[] = [];
  const expected = new Map<number, string>();
  for (const file of files) {
    const [request, ...others] = requestIdsOf(file);
    const event = events[requestIds.indexOf(request ?? "")];
    if (file.environment.sequence === 0 || event === undefined || others.length > 0) continue;
    if (file.exact !== true) violations.push(`file ${file.environment.sequence} does not say to be whole`);
    const covered = await coveredCode(host, [file]);
    const first = expected.get(event.n) ?? covered;
    expected.set(event.n, first);
    if (covered !== first) {
      violations.push(`file ${file.environment.sequence} shows other code than the first of its event`);
    }
  }
  return violations;
}

const requestIdsOf = ({ invocations }: CoverageFile): string[] =>
  invocations.map(({ requestId }) => requestId);

function groupsSharingRequests(files: readonly CoverageFile[]): CoverageFile[][] {
  const groups: CoverageFile[][] = [];
  for (const file of files) {
    const ids = new Set(requestIdsOf(file));
    const group = groups.find((others) => others.flatMap(requestIdsOf).some((id) => ids.has(id)));
    if (group === undefined) groups.push([file]);
    else group.push(file);
  }
  return groups;
}
