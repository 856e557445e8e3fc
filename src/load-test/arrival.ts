/** Holds request ids against the coverage files in the bucket: did every invocation's coverage arrive? */
import { setTimeout as sleep } from "node:timers/promises";
import { readCoverageFile } from "../combine/read/read-coverage-file.ts";
import type { CoverageFile } from "../contract/coverage-file.ts";
import { normalisePrefix, parseCoverageKey, sanitiseKeyPart } from "../contract/object-keys.ts";
import type { CoverageStore } from "../store/store.ts";

export interface ExpectedCoverage {
  requestId: string;
  functionName: string;
  operation: string;
}

export interface MissingCoverage extends ExpectedCoverage {
  /** e.g. `no coverage file names it`, `lost: killed`. */
  reason: string;
}

export interface Arrival {
  expected: number;
  arrived: number;
  missing: MissingCoverage[];
  /** Coverage files read. */
  files: number;
  /** From the last answer until everything was there, or patience was at its end. */
  waitedMs: number;
}

export interface ArrivalOptions {
  store: CoverageStore;
  prefix: string;
  expected: readonly ExpectedCoverage[];
  /** When the load began: files lie below its day (UTC) or a later one. */
  from: Date;
  patienceMs: number;
  pollMs?: number;
  onProgress?: (arrived: number) => void;
  signal?: AbortSignal;
}

/** Resolves when all is there, or when patience is at its end. Rejects with the store's error. */
export async function awaitCoverage(options: ArrivalOptions): Promise<Arrival> {
  const search = new CoverageSearch(options);
  const startedAt = performance.now();
  const elapsedMs = () => performance.now() - startedAt;
  for (;;) {
    await search.readNamedFiles();
    options.onProgress?.(search.arrived);
    if (search.isComplete) break;
    if (elapsedMs() > options.patienceMs) {
      await search.readAllFiles();
      break;
    }
    await sleep(options.pollMs ?? 500, undefined, { signal: options.signal });
  }
  return search.result(elapsedMs());
}

const readAtOnce = 16;

class CoverageSearch {
  readonly #options: ArrivalOptions;
  /** By request id. */
  readonly #open: Map<string, ExpectedCoverage>;
  readonly #lost = new Map<string, string>();
  readonly #read = new Set<string>();
  #files = 0;

  constructor(options: ArrivalOptions) {
    this.#options = options;
    this.#open = new Map(options.expected.map((one) => [one.requestId, one]));
  }

  get isComplete(): boolean {
    return this.#open.size === 0;
  }

  get arrived(): number {
    return this.#options.expected.length - this.#open.size;
  }

  /** A key names one request of its file: usually its only one. */
  async readNamedFiles(): Promise<void> {
    const names = new Set([...this.#open.keys()].map(sanitiseKeyPart));
    await this.#readWhere((key) => names.has(requestOf(key)));
  }

  /** What is missing still may be in a file with others (a file that an upload fault made wait, for one). */
  async readAllFiles(): Promise<void> {
    await this.#readWhere(() => true);
  }

  async #readWhere(wanted: (key: string) => boolean): Promise<void> {
    const keys = (await this.#keys()).filter((key) => !this.#read.has(key) && wanted(key));
    const waiting = keys.values();
    const reader = async () => {
      for (const key of waiting) {
        this.#options.signal?.throwIfAborted();
        this.#note(key, await readCoverageFile(this.#options.store, key));
      }
    };
    await Promise.all(Array.from({ length: readAtOnce }, reader));
  }

  #note(key: string, file: CoverageFile | undefined): void {
    this.#read.add(key);
    if (file === undefined) return;
    this.#files++;
    for (const { requestId } of file.invocations) {
      if (file.lost === undefined) this.#open.delete(requestId);
      else this.#lost.set(requestId, file.lost.reason);
    }
  }

  async #keys(): Promise<string[]> {
    const names = new Set([...this.#open.values()].map(({ functionName }) => deployedName(functionName)));
    const keys: string[] = [];
    for (const day of daysSince(this.#options.from)) {
      for (const name of names) {
        const prefix = `${normalisePrefix(this.#options.prefix)}${day}/${sanitiseKeyPart(name)}-`;
        for await (const { key } of this.#options.store.list(prefix)) {
          if (parseCoverageKey(key) !== undefined) keys.push(key);
        }
      }
    }
    return keys;
  }

  result(waitedMs: number): Arrival {
    const missing = [...this.#open.values()].map((one) => ({ ...one, reason: this.#reason(one.requestId) }));
    const expected = this.#options.expected.length;
    return { expected, arrived: this.arrived, missing, files: this.#files, waitedMs };
  }

  #reason(requestId: string): string {
    const lost = this.#lost.get(requestId);
    return lost === undefined ? "no coverage file names it" : `lost: ${lost}`;
  }
}

/** Without the time before it and what stands behind it: a number, the mark of a lost record. */
function requestOf(key: string): string {
  const id = parseCoverageKey(key)?.executionId.replace(/^\d{9}-/, "") ?? "";
  return /^(.{36})(?:-\d+)?(?:-lost-\d+)?$/.exec(id)?.[1] ?? id;
}

/** Of a name, a name with qualifier, a partial or a whole ARN: what the function itself is called by. */
export function deployedName(functionName: string): string {
  const name = /(?:^|:)function:([^:]+)/.exec(functionName)?.[1] ?? functionName;
  return name.split(":")[0] as string;
}

/** `YYYY/MM/DD`: the file of an invocation lies below the day of its start, in UTC. */
function daysSince(from: Date): string[] {
  const days: string[] = [];
  const dayMs = 86_400_000;
  for (let at = Math.floor(from.getTime() / dayMs) * dayMs; at <= Date.now(); at += dayMs) {
    days.push(new Date(at).toISOString().slice(0, 10).replaceAll("-", "/"));
  }
  return days;
}
