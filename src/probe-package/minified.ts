/** Lines of more characters are no longer told apart by their number: a stack needs the column. */
const longLine = 500;

/** Whether most of a text lies in long lines. */
export function isMinified(text: string): boolean {
  let inLongLines = 0;
  for (const line of text.split("\n")) if (line.length > longLine) inLongLines += line.length;
  return inLongLines * 2 > text.length;
}
