/** Ranges or probes that many files share, with other counts at some of them. */
export class Recounted {
  /** That of the first of these files. */
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

/** Counts of probes, as read. */
export type Counts = ArrayLike<number> | Recounted;

/** How often a list came, and what came on top of its counts. */
export class Repeats {
  times = 0;
  /** By index of a range or a probe's pair, summed. */
  added: Float64Array | undefined;

  /** Numbers per range or pair. */
  readonly #size: number;

  constructor(size: 2 | 3) {
    this.#size = size;
  }

  /** One more file. */
  add(list: Int32Array, changes: Int32Array | undefined): void {
    this.times++;
    if (changes === undefined) return;
    const size = this.#size;
    this.added ??= new Float64Array(list.length / size);
    for (let at = 0; at < changes.length; at += 2) {
      (this.added[((changes[at] as number) / size) | 0] as number) += changes[at + 1] as number;
    }
  }
}
