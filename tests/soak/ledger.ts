/** What became of each invocation's coverage: stored, pending under the sandbox's /tmp, or recorded as lost. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { CoverageFile } from "../../src/contract/coverage-file.ts";
import { parseCoverageKey } from "../../src/contract/object-keys.ts";
import type { LocalEvent, SandboxStatus } from "../../src/local/index.ts";

export interface Ledger {
  stored: number;
  pending: number;
  lost: number;
  /** Request ids of which nothing is known: each is a fault of ours. */
  unexplained: string[];
  /** Request ids that lie in two files, without a deadline's snapshot to explain it. */
  doubled: string[];
}

type Fate = "stored" | "pending" | "lost" | "unnamed";

export interface StoredFile {
  key: string;
  file: CoverageFile;
}

export interface LedgerInput {
  /** In the order of their calls, all of one sandbox. */
  requestIds: readonly string[];
  files: readonly StoredFile[];
  sandboxes: readonly SandboxStatus[];
  events: readonly LocalEvent[];
}

export function keepLedger({ requestIds, files, sandboxes, events }: LedgerInput): Ledger {
  const processes = processesOf(events);
  const owed = new Set(sandboxes.flatMap(owedIn));
  const filesOf = filesByRequest(files);
  const fates = requestIds.map((requestId): Fate => {
    const own = filesOf.get(requestId) ?? [];
    if (own.some(({ lost }) => lost === undefined)) return "stored";
    if (own.length > 0) return "lost";
    return owed.has(requestId) ? "pending" : "unnamed";
  });
  // While the circuit breaker is open, V8 keeps the sum of several invocations: the marker, or the lost record,
  // of the process's next one that is named stands for them. A stored file names them all itself.
  const explained = fates.map((fate, at) => {
    if (fate !== "unnamed") return fate;
    const process = processes.get(requestIds[at] as string);
    const named = fates.find(
      (later, index) =>
        index > at && later !== "unnamed" && processes.get(requestIds[index] as string) === process,
    );
    return named === "stored" ? "unnamed" : (named ?? "unnamed");
  });
  const count = (wanted: Fate): number => explained.filter((fate) => fate === wanted).length;
  return {
    stored: count("stored"),
    pending: count("pending"),
    lost: count("lost"),
    unexplained: requestIds.filter((_, at) => explained[at] === "unnamed"),
    doubled: requestIds.filter((requestId) => isDoubled(requestId, filesOf.get(requestId) ?? [])),
  };
}

function filesByRequest(files: readonly StoredFile[]): Map<string, CoverageFile[]> {
  const byRequest = new Map<string, CoverageFile[]>();
  for (const { key, file } of files) {
    // The record of a killed process names its request by its key only.
    const named =
      file.lost === undefined
        ? file.invocations.map(({ requestId }) => requestId)
        : [requestIdIn(key), ...file.invocations.map(({ requestId }) => requestId)];
    for (const requestId of new Set(named)) {
      byRequest.set(requestId, [...(byRequest.get(requestId) ?? []), file]);
    }
  }
  return byRequest;
}

const uuid = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

function requestIdIn(key: string): string {
  return uuid.exec(parseCoverageKey(key)?.executionId ?? "")?.[0] ?? key;
}

/** A handler that ends after the deadline's snapshot leaves two files on purpose. */
function isDoubled(requestId: string, own: readonly CoverageFile[]): boolean {
  const full = own.filter(({ lost }) => lost === undefined);
  const outcomes = full.flatMap(({ invocations }) =>
    invocations.filter((invocation) => invocation.requestId === requestId).map(({ outcome }) => outcome),
  );
  return full.length > 1 && !outcomes.includes("timeout");
}

/** The request ids that the markers and pending files of a sandbox's /tmp name. */
function owedIn(sandbox: SandboxStatus): string[] {
  const folder = join(sandbox.tmp, ".lambda-coverage");
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => /\.(open|pending)$/.test(name))
    .map((name) => readFileSync(join(folder, name), "latin1").split("\n", 1)[0] as string)
    .map((header) => (JSON.parse(header) as { requestId: string }).requestId);
}

/** The runtime's process that served each request, as `sandbox/nth`. */
function processesOf(events: readonly LocalEvent[]): Map<string, string> {
  const starts = new Map<string, number>();
  const processes = new Map<string, string>();
  for (const { kind, sandboxId, requestId } of events) {
    if (kind === "process-start") starts.set(sandboxId, (starts.get(sandboxId) ?? 0) + 1);
    if (kind === "invoke" && requestId !== undefined) {
      processes.set(requestId, `${sandboxId}/${starts.get(sandboxId) ?? 0}`);
    }
  }
  return processes;
}
