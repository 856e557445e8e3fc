/** Which inits environments went through. A fleet has few: each list is kept once, however many files name it. */
import type { InitReference } from "../../contract/coverage-file.ts";

export class InitLists {
  readonly keys: string[] = [];
  readonly #indices = new Map<string, number>();
  readonly #lists = new Map<string, readonly number[]>();
  #last: readonly number[] = [];

  /** The list of all in `known` and `inits`: flat pairs `[index in keys, sequence, …]`, in one order. */
  with(known: readonly number[] | undefined, inits: readonly InitReference[]): readonly number[] {
    // Nearly all files name what the one before named.
    const likely = known ?? this.#last;
    if (this.#isList(likely, inits)) return likely;
    this.#last = this.#joined(known, inits);
    return this.#last;
  }

  #isList(list: readonly number[], inits: readonly InitReference[]): boolean {
    return (
      list.length === 2 * inits.length &&
      inits.every(
        ({ init, sequence }, at) =>
          list[2 * at + 1] === sequence && this.keys[list[2 * at] as number] === init,
      )
    );
  }

  #joined(known: readonly number[] | undefined, inits: readonly InitReference[]): readonly number[] {
    const pairs = new Map<string, [number, number]>();
    for (let at = 0; known !== undefined && at < known.length; at += 2) {
      pairs.set(`${known[at]} ${known[at + 1]}`, [known[at] as number, known[at + 1] as number]);
    }
    const before = pairs.size;
    for (const { init, sequence } of inits) {
      const index = this.#indexOf(init);
      pairs.set(`${index} ${sequence}`, [index, sequence]);
    }
    if (known !== undefined && pairs.size === before) return known;
    return this.#shared([...pairs.values()].sort((a, b) => a[1] - b[1] || a[0] - b[0]).flat());
  }

  #indexOf(key: string): number {
    let index = this.#indices.get(key);
    if (index === undefined) {
      index = this.keys.length;
      this.keys.push(key);
      this.#indices.set(key, index);
    }
    return index;
  }

  #shared(list: readonly number[]): readonly number[] {
    const text = list.join();
    const known = this.#lists.get(text);
    if (known !== undefined) return known;
    this.#lists.set(text, list);
    return list;
  }
}
