/**
 * Sum of deltas per distinct range: the fold's inner loop. Snapshots of a script repeat the same ranges in the same
 * order, so the range that followed last time is tried before the look-up; the difference array is made of them once,
 * at the end. Typed arrays: memory follows the distinct ranges of the script, neither its length nor the number of
 * files.
 */
import { OffsetSums } from "./offset-sums.ts";

const empty = -1;
const firstSize = 64;

export class RangeSums {
  /** Dense, in the order in which ranges came first. An unused place has start -1. */
  #starts = new Int32Array(firstSize).fill(empty);
  #ends = new Int32Array(firstSize);
  #deltas = new Float64Array(firstSize);
  /** The place that was added to after this one, last time. */
  #next = new Int32Array(firstSize);
  /** Open addressing over places, at most half full. */
  #slots = new Int32Array(2 * firstSize).fill(empty);
  #used = 0;
  #last = 0;

  add(start: number, end: number, delta: number): void {
    let place = this.#next[this.#last] as number;
    if (this.#starts[place] !== start || this.#ends[place] !== end) {
      place = this.#find(start, end);
      this.#next[this.#last] = place;
    }
    (this.#deltas[place] as number) += delta;
    this.#last = place;
  }

  get isEmpty(): boolean {
    return this.#used === 0;
  }

  /** The range's place, a new one with the sum 0 where it has none. */
  #find(start: number, end: number): number {
    const slot = this.#slotOf(start, end);
    const known = this.#slots[slot] as number;
    if (known !== empty) return known;
    const place = this.#used++;
    this.#slots[slot] = place;
    this.#starts[place] = start;
    this.#ends[place] = end;
    if (this.#used === this.#starts.length) this.#grow();
    return place;
  }

  /** Where the range's place is or would be noted. */
  #slotOf(start: number, end: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    const hash = Math.imul(start, 0x9e3779b1) ^ Math.imul(end, 0x85ebca6b);
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (;;) {
      const place = slots[slot] as number;
      if (place === empty || (this.#starts[place] === start && this.#ends[place] === end)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #grow(): void {
    const size = 2 * this.#used;
    this.#starts = larger(this.#starts, new Int32Array(size).fill(empty));
    this.#ends = larger(this.#ends, new Int32Array(size));
    this.#deltas = larger(this.#deltas, new Float64Array(size));
    this.#next = larger(this.#next, new Int32Array(size));
    this.#slots = new Int32Array(2 * size).fill(empty);
    for (let place = 0; place < this.#used; place++) {
      this.#slots[this.#slotOf(this.#starts[place] as number, this.#ends[place] as number)] = place;
    }
  }

  /** As difference array: each delta added at its start, taken away at its end. */
  offsets(): OffsetSums {
    const sums = new OffsetSums(2 * this.#used);
    for (let place = 0; place < this.#used; place++) {
      sums.add(this.#starts[place] as number, this.#deltas[place] as number);
      sums.add(this.#ends[place] as number, -(this.#deltas[place] as number));
    }
    return sums;
  }
}

function larger<T extends Int32Array | Float64Array>(from: T, into: T): T {
  into.set(from);
  return into;
}
