/** What is put into a text, and where. The text itself is never changed and no insertion holds a line break. */

interface Insert {
  at: number;
  text: string;
  /** Position of an opening in the order of openings; a closing has its opening's. */
  order: number;
  closes: boolean;
}

export class Inserts {
  readonly #list: Insert[] = [];
  #openings = 0;

  /** Before the token at `at`, behind everything opened there before. Returns its order, for `close`. */
  open(at: number, text: string): number {
    const order = this.reserve();
    this.#list.push({ at, text, order, closes: false });
    return order;
  }

  /** The order of an opening that stands in the text itself. */
  reserve(): number {
    return this.#openings++;
  }

  /** Behind the token that ends at `at`: what was opened last is closed first. */
  close(at: number, text: string, order: number): void {
    this.#list.push({ at, text, order, closes: true });
  }

  /** Everything in the order of the text, with `header` itself as the first opening at its place. */
  sorted(header: { at: number; text: string }): readonly { at: number; text: string }[] {
    const first: Insert = Object.assign(header, { order: -1, closes: false });
    return [first, ...this.#list].sort((a, b) => {
      if (a.at !== b.at) return a.at - b.at;
      if (a.closes !== b.closes) return a.closes ? -1 : 1;
      return a.closes ? b.order - a.order : a.order - b.order;
    });
  }
}

export function printWith(source: string, inserts: readonly { at: number; text: string }[]): string {
  const pieces: string[] = [];
  let printed = 0;
  for (const { at, text } of inserts) {
    if (at > printed) pieces.push(source.slice(printed, at));
    pieces.push(text);
    printed = at;
  }
  pieces.push(source.slice(printed));
  return pieces.join("");
}
