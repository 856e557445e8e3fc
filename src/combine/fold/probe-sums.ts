/** How often each probe of one file counted, summed over coverage files. */

/** A list takes as much memory as this many of its entries, at most: hostile files name far probes. */
const mostPerEntry = 32;

export class ProbeSums {
  /** The first probes, while enough of them counted. */
  #dense = new Float64Array(0);
  /** The others. */
  readonly #sparse = new Map<number, number>();

  /** Pairs as in the coverage file, which have passed `countsProblem`; `added`: in all, by index of a pair. */
  add(counts: ArrayLike<number>, times = 1, added?: Float64Array): void {
    this.#reserve(counts);
    const dense = this.#dense;
    let probe = 0;
    for (let at = 0; at < counts.length; at += 2) {
      probe += counts[at] as number;
      const count =
        (counts[at + 1] as number) * times + (added === undefined ? 0 : (added[at / 2] as number));
      if (probe < dense.length) (dense[probe] as number) += count;
      else this.#sparse.set(probe, (this.#sparse.get(probe) ?? 0) + count);
      probe++;
    }
  }

  #reserve(counts: ArrayLike<number>): void {
    let end = counts.length / 2;
    for (let at = 0; at < counts.length; at += 2) end += counts[at] as number;
    const entries = counts.length / 2 + this.#sparse.size;
    if (end <= this.#dense.length || end > mostPerEntry * entries) return;
    const larger = new Float64Array(Math.max(end, Math.min(2 * this.#dense.length, mostPerEntry * entries)));
    larger.set(this.#dense);
    this.#dense = larger;
    for (const [probe, count] of this.#sparse) {
      if (probe >= larger.length) continue;
      larger[probe] = count;
      this.#sparse.delete(probe);
    }
  }

  /** Of `probes` probes. */
  settle(probes: number): Float64Array {
    const counts = new Float64Array(probes);
    counts.set(this.#dense.subarray(0, probes));
    for (const [probe, count] of this.#sparse) if (probe < probes) counts[probe] = count;
    return counts;
  }

  /** Pairs as in the coverage file. */
  pack(): number[] {
    const packed: number[] = [];
    let next = 0;
    const note = (probe: number, count: number) => {
      packed.push(probe - next, count);
      next = probe + 1;
    };
    for (const [probe, count] of this.#dense.entries()) if (count > 0) note(probe, count);
    for (const [probe, count] of [...this.#sparse].sort(([a], [b]) => a - b)) note(probe, count);
    return packed;
  }
}
