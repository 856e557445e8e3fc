/** A sparse difference array: offset → sum of deltas, and its prefix sums as step function. */
const empty = -1;

export class OffsetSums {
  #offsets: Int32Array;
  #sums: Float64Array;
  #mask: number;
  #used = 0;

  /** `expected`: offsets, about. */
  constructor(expected = 32) {
    const size = 2 ** Math.ceil(Math.log2(2 * Math.max(32, expected)));
    this.#offsets = new Int32Array(size).fill(empty);
    this.#sums = new Float64Array(size);
    this.#mask = size - 1;
  }

  add(offset: number, delta: number): void {
    const offsets = this.#offsets;
    let slot = Math.imul(offset, 0x9e3779b1) & this.#mask;
    for (;;) {
      const found = offsets[slot] as number;
      if (found === offset) {
        (this.#sums[slot] as number) += delta;
        return;
      }
      if (found === empty) break;
      slot = (slot + 1) & this.#mask;
    }
    offsets[slot] = offset;
    this.#sums[slot] = delta;
    if (++this.#used * 2 > this.#mask) this.#grow();
  }

  #grow(): void {
    const offsets = this.#offsets;
    const sums = this.#sums;
    const size = offsets.length * 2;
    this.#offsets = new Int32Array(size).fill(empty);
    this.#sums = new Float64Array(size);
    this.#mask = size - 1;
    this.#used = 0;
    for (let slot = 0; slot < offsets.length; slot++) {
      if (offsets[slot] !== empty) this.add(offsets[slot] as number, sums[slot] as number);
    }
  }

  /** The prefix sums: what `count(p)` is at each offset. */
  steps(): Steps {
    const starts = this.#offsets.filter((offset) => offset !== empty).sort();
    const values = new Float64Array(starts.length);
    let sum = 0;
    for (let at = 0; at < starts.length; at++) {
      sum += this.#at(starts[at] as number);
      values[at] = sum;
    }
    return new Steps(starts, values);
  }

  /** The delta of an offset that was added. */
  #at(offset: number): number {
    let slot = Math.imul(offset, 0x9e3779b1) & this.#mask;
    while (this.#offsets[slot] !== offset) slot = (slot + 1) & this.#mask;
    return this.#sums[slot] as number;
  }
}

/** A step function over offsets, 0 before the first. */
export class Steps {
  readonly starts: Int32Array;
  readonly values: Float64Array;

  constructor(starts: Int32Array, values: Float64Array) {
    this.starts = starts;
    this.values = values;
  }

  at(offset: number): number {
    let low = 0;
    let high = this.starts.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      if ((this.starts[middle] as number) <= offset) low = middle + 1;
      else high = middle - 1;
    }
    return high < 0 ? 0 : (this.values[high] as number);
  }

  /** Calls `visit(start, end, value)` for each maximal stretch of one value other than 0. */
  forEachStretch(visit: (start: number, end: number, value: number) => void): void {
    let start = 0;
    let value = 0;
    for (let at = 0; at < this.starts.length; at++) {
      const next = this.values[at] as number;
      if (next === value) continue;
      if (value !== 0) visit(start, this.starts[at] as number, value);
      start = this.starts[at] as number;
      value = next;
    }
  }
}
