/** Ranges that many snapshots share, with other counts at some of them. */
export class Recounted {
  /** The first of these snapshots. */
  readonly of: Int32Array;
  /** Pairs: index in `of` of a count, by how much it is greater here. Counts of 0 and below never differ. */
  readonly changes: Int32Array;

  constructor(of: Int32Array, changes: Int32Array) {
    this.of = of;
    this.changes = changes;
  }

  /** As a list of its own. */
  list(): Int32Array {
    const list = this.of.slice();
    for (let at = 0; at < this.changes.length; at += 2) {
      (list[this.changes[at] as number] as number) += this.changes[at + 1] as number;
    }
    return list;
  }
}

/** Packed ranges, as read. */
export type Ranges = ArrayLike<number> | Recounted;

/** How often a list came, and what came on top of its counts. */
export class Repeats {
  times = 0;
  /** By index of a range, summed. */
  added: Float64Array | undefined;

  /** One more snapshot. */
  add(ranges: Int32Array, changes: Int32Array | undefined): void {
    this.times++;
    if (changes === undefined) return;
    this.added ??= new Float64Array(ranges.length / 3);
    for (let at = 0; at < changes.length; at += 2) {
      (this.added[((changes[at] as number) / 3) | 0] as number) += changes[at + 1] as number;
    }
  }
}
