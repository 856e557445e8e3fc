/**
 * Sum of deltas per distinct range: the fold's inner loop. Snapshots of a script repeat the same ranges, so one
 * look-up per range adds it; the difference array is made of them once, at the end. Open addressing over typed
 * arrays: memory follows the distinct ranges of the script, neither its length nor the number of files.
 */
import { OffsetSums } from "./offset-sums.ts";

const empty = -1;

export class RangeSums {
  #starts = new Int32Array(64).fill(empty);
  #ends = new Int32Array(64);
  #deltas = new Float64Array(64);
  #mask = 63;
  #used = 0;

  add(start: number, end: number, delta: number): void {
    const starts = this.#starts;
    const ends = this.#ends;
    const mask = this.#mask;
    const hash = Math.imul(start, 0x9e3779b1) ^ Math.imul(end, 0x85ebca6b);
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (;;) {
      const found = starts[slot] as number;
      if (found === start && ends[slot] === end) {
        (this.#deltas[slot] as number) += delta;
        return;
      }
      if (found === empty) break;
      slot = (slot + 1) & mask;
    }
    starts[slot] = start;
    ends[slot] = end;
    this.#deltas[slot] = delta;
    if (++this.#used * 2 > mask) this.#grow();
  }

  get isEmpty(): boolean {
    return this.#used === 0;
  }

  #grow(): void {
    const [starts, ends, deltas] = [this.#starts, this.#ends, this.#deltas];
    const size = starts.length * 2;
    this.#starts = new Int32Array(size).fill(empty);
    this.#ends = new Int32Array(size);
    this.#deltas = new Float64Array(size);
    this.#mask = size - 1;
    this.#used = 0;
    for (let slot = 0; slot < starts.length; slot++) {
      if (starts[slot] !== empty) {
        this.add(starts[slot] as number, ends[slot] as number, deltas[slot] as number);
      }
    }
  }

  /** As difference array: each delta added at its start, taken away at its end. */
  offsets(): OffsetSums {
    const sums = new OffsetSums();
    for (let slot = 0; slot < this.#starts.length; slot++) {
      if (this.#starts[slot] === empty) continue;
      sums.add(this.#starts[slot] as number, this.#deltas[slot] as number);
      sums.add(this.#ends[slot] as number, -(this.#deltas[slot] as number));
    }
    return sums;
  }
}
