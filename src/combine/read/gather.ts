/** Streams the coverage files of a store into sums. Memory follows scripts and environments, not files. */
import type { CoverageFile } from "../../contract/coverage-file.ts";
import { type CoverageSum, isCoverageSum } from "../../contract/coverage-sum.ts";
import { coverageSuffix, isFunctionsKey } from "../../contract/object-keys.ts";
import { CombineError } from "../combine-error.ts";
import { Environments } from "../fold/environments.ts";
import { FunctionScripts } from "../fold/function-scripts.ts";
import { addSum, placeSum, type SumPlacement } from "../fold/sums.ts";
import { type CombineOptions, defaultLimits } from "../options.ts";
import type { SkippedFile } from "../result.ts";
import { checkSum } from "./check-sum.ts";
import { listKeys, listSumKeys } from "./list-keys.ts";
import { checkRangeCount } from "./most-ranges.ts";
import { Plans } from "./plans.ts";
import { parseBytes, parseUnpacked, readBytes } from "./read-object.ts";
import { keepRanges, RangeReader } from "./scan/split-ranges.ts";
import { LoadedScripts } from "./script-files.ts";
import { type ScriptEntry, ScriptLengths } from "./script-lengths.ts";
import { Unpacker } from "./unpack.ts";
import { checkCoverageFile, checkFormat, UnusableFile } from "./validate.ts";

/** Files on their way: some that are read, some that other threads unpack, some that are folded. */
const defaultConcurrency = 128;
const listedSkips = 1000;

export class Gathered {
  readonly functions = new Map<string, FunctionScripts>();
  readonly environments = new Environments();
  readonly skipped: SkippedFile[] = [];
  filesListed = 0;
  filesProcessed = 0;
  filesSkipped = 0;
  duplicates = 0;
  bytesRead = 0;
  complete = true;
  /** Script files that were loaded to check coverage files, while they are small enough to keep. */
  readonly loadedScripts = new LoadedScripts();
  readonly plans: Plans;
  readonly #scriptLengths: ScriptLengths;

  constructor({ store, localScripts, limits }: CombineOptions) {
    const maxBytes = limits?.maxScriptBytes ?? defaultLimits.maxScriptBytes;
    const onBytes = (bytes: number) => {
      this.bytesRead += bytes;
    };
    const cache = this.loadedScripts;
    this.#scriptLengths = new ScriptLengths({ store, localScripts, maxBytes, cache, onBytes });
    this.plans = new Plans({ store, maxBytes, onBytes });
  }

  /** What `check` needs to know first, or undefined where it knows all. */
  unseen(scripts: readonly ScriptEntry[]): UnseenObjects | undefined {
    const unseen = { scripts: this.#scriptLengths.unseen(scripts), plans: this.plans.unseen(scripts) };
    return unseen.scripts.length + unseen.plans.length > 0 ? unseen : undefined;
  }

  async load({ scripts, plans }: UnseenObjects): Promise<void> {
    await Promise.all([this.#scriptLengths.load(scripts), this.plans.loadAll(plans)]);
  }

  /** Throws `UnusableFile` where an entry cannot be of the script or the plan that it names. */
  check(scripts: readonly ScriptEntry[]): void {
    this.#scriptLengths.check(scripts);
    this.plans.check(scripts);
  }

  function(name: string): FunctionScripts {
    let found = this.functions.get(name);
    if (found === undefined) {
      found = new FunctionScripts(name);
      this.functions.set(name, found);
    }
    return found;
  }
}

interface UnseenObjects {
  scripts: readonly ScriptEntry[];
  /** Keys. */
  plans: readonly string[];
}

/** Reads every coverage file and partial sum that `options` name. */
export async function gather(options: CombineOptions): Promise<Gathered> {
  const gathered = new Gathered(options);
  const gatherer = new Gatherer(options, gathered);
  const sumKeys = new Set(options.sums ?? []);
  if (options.keys === undefined) for await (const key of listSumKeys(options)) sumKeys.add(key);
  await gatherer.readAll(sumKeys);
  gatherer.addSums();
  await gatherer.readAll(listKeys(options, sumKeys));
  await gatherer.readLost();
  // Sums that lie elsewhere come last; one that holds some of what was counted, but more, is skipped.
  gatherer.addSums();
  // What waits to be folded takes more memory than the sums, and mapping needs memory.
  for (const { scripts } of gathered.functions.values()) for (const { v8 } of scripts.values()) v8.flush();
  return gathered;
}

class Gatherer {
  readonly #options: CombineOptions;
  readonly #gathered: Gathered;
  readonly #maxBytes: number;
  readonly #unpacker: Unpacker;
  readonly #ranges = new RangeReader();
  readonly #read = (unpacked: Buffer): unknown => this.#ranges.parse(unpacked);
  #sums: SumPlacement[] = [];
  /** Of records that a file is lost, read again after all others: the file itself may have arrived after all. */
  #lostKeys: string[] | undefined = [];

  constructor(options: CombineOptions, gathered: Gathered) {
    this.#options = options;
    this.#gathered = gathered;
    const limits = { ...defaultLimits, ...options.limits };
    this.#maxBytes = limits.maxFileBytes;
    this.#unpacker = new Unpacker(limits.maxFileBytes);
  }

  /** Some downloads at once; files are added one after the other. */
  async readAll(keys: Iterable<string> | AsyncIterable<string>): Promise<void> {
    const iterator = Symbol.asyncIterator in keys ? keys[Symbol.asyncIterator]() : keys[Symbol.iterator]();
    let failed = false;
    const read = async (): Promise<void> => {
      for (;;) {
        const next = await iterator.next();
        if (next.done || failed) return;
        this.#options.signal?.throwIfAborted();
        if (this.#options.until?.aborted && this.#lostKeys !== undefined) {
          this.#gathered.complete = false;
          return;
        }
        if (this.#lostKeys !== undefined && !this.#isWanted(next.value)) continue;
        try {
          await this.#readOne(next.value);
        } catch (error) {
          failed = true;
          throw error;
        }
      }
    };
    const workers = Array.from({ length: this.#options.concurrency ?? defaultConcurrency }, read);
    try {
      await Promise.all(workers);
    } finally {
      failed = true;
      await Promise.allSettled(workers);
    }
  }

  async readLost(): Promise<void> {
    const keys = this.#lostKeys ?? [];
    this.#lostKeys = undefined;
    this.#gathered.filesListed -= keys.length;
    await this.readAll(keys);
  }

  #isWanted(key: string): boolean {
    return key.endsWith(coverageSuffix) && (this.#options.filter?.(key) ?? true);
  }

  async #readOne(key: string): Promise<void> {
    const gathered = this.#gathered;
    gathered.filesListed++;
    try {
      const bytes = await readBytes(this.#options.store, key, this.#options.signal);
      gathered.bytesRead += bytes.length;
      const unpacked = await this.#unpacker.unpack(bytes);
      const value = this.#parse(bytes, unpacked);
      if (isCoverageSum(value)) await this.#keepSum(key, checkSum(this.#trusted(key, value)));
      else {
        const file = checkCoverageFile(value);
        checkRangeCount(file, bytes.length);
        await this.#addFile(key, file);
      }
    } catch (error) {
      if (!(error instanceof UnusableFile)) throw error;
      this.#skip(key, error);
    }
    this.#report();
  }

  /** A sum counts for thousands of files: it is believed where only combiners write, and where it was named. */
  #trusted<T>(key: string, sum: T): T {
    if (!isFunctionsKey(key) || (this.#options.sums ?? []).includes(key)) return sum;
    throw new UnusableFile("misplaced", "a partial sum lies where functions put their coverage files");
  }

  /** Nothing may wait between this and `#addFile`: the ranges are views that the next file overwrites. */
  #parse(bytes: Uint8Array, unpacked: Buffer) {
    try {
      return checkFormat(parseUnpacked(unpacked, this.#read));
    } catch (error) {
      if (!(error instanceof UnusableFile)) throw error;
      // Nobody else's broken gzip may be what was wrong: once more, alone.
      return checkFormat(parseBytes(bytes, this.#maxBytes, this.#read));
    }
  }

  async #addFile(key: string, file: CoverageFile): Promise<void> {
    if (file.lost !== undefined && this.#lostKeys !== undefined) {
      this.#lostKeys.push(key);
      return;
    }
    const gathered = this.#gathered;
    // An await per file would cost as much as adding it: only scripts not seen before are waited for.
    const unseen = gathered.unseen(file.scripts);
    if (unseen !== undefined) {
      keepRanges(file.scripts);
      await gathered.load(unseen);
    }
    gathered.check(file.scripts);
    const { id, sequence } = file.environment;
    if (gathered.environments.holds(id, sequence)) {
      gathered.duplicates++;
      return;
    }
    gathered.environments.addFile(file);
    gathered.filesProcessed++;
    gathered.function(file.function.name).addFile(file);
  }

  async #keepSum(key: string, sum: CoverageSum): Promise<void> {
    // Before the first wait: the next file's ranges take the place of these.
    for (const { scripts } of sum.functions) keepRanges(scripts);
    for (const { scripts } of sum.functions) {
      const unseen = this.#gathered.unseen(scripts);
      if (unseen !== undefined) await this.#gathered.load(unseen);
      this.#gathered.check(scripts);
    }
    this.#sums.push({ key, sum });
  }

  /** Adds the sums read since the last call, the largest first, so that contained ones are recognised. */
  addSums(): void {
    const placements = this.#sums;
    this.#sums = [];
    const counted: SumPlacement[] = [];
    for (const placement of placements.sort(
      (a, b) => b.sum.files - a.sum.files || (a.key < b.key ? -1 : 1),
    )) {
      const place = placeSum(placement, this.#gathered.environments, counted);
      if (place === "contained") this.#gathered.duplicates++;
      else if (place !== "disjoint")
        this.#skip(placement.key, new UnusableFile("overlapping", place.overlap));
      else {
        addSum(placement.sum, this.#gathered);
        counted.push(placement);
      }
    }
  }

  #skip(key: string, error: UnusableFile): void {
    const gathered = this.#gathered;
    if (this.#options.strict) {
      throw new CombineError(
        "SkippedFile",
        `${key} cannot be used (${error.reason}): ${error.message}`,
        "Look at the file, remove it, or combine without --strict.",
      );
    }
    gathered.filesSkipped++;
    if (gathered.skipped.length < listedSkips) {
      gathered.skipped.push({ key, reason: error.reason, detail: error.message });
    }
  }

  #report(): void {
    const { filesListed, filesProcessed, filesSkipped, bytesRead } = this.#gathered;
    this.#options.onProgress?.({
      listed: filesListed,
      processed: filesProcessed,
      skipped: filesSkipped,
      bytes: bytesRead,
    });
  }
}
