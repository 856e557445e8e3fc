/** Html that escapes by itself: whatever is put into `html` is text unless it came out of `html`. */

export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Value = string | number | Markup | undefined | readonly (string | Markup)[];

/** Values are escaped for text and for double-quoted attributes alike; `undefined` prints nothing. */
export function html(strings: TemplateStringsArray, ...values: Value[]): Markup {
  let text = strings[0] as string;
  for (const [index, value] of values.entries()) text += print(value) + strings[index + 1];
  return new Markup(text);
}

function print(value: Value): string {
  if (value === undefined) return "";
  if (value instanceof Markup) return value.text;
  if (typeof value === "string") return escapeHtml(value);
  if (typeof value === "number") return String(value);
  return value.map(print).join("");
}

const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] as string);
}
