/** The first offset from `start` on that is no white space and no comment; the source's length where there is none. */
export function codeFrom(source: string, start: number): number {
  const space = /(?:\s|\/\*[\s\S]*?\*\/|\/\/[^\n]*(?:\n|$))*/y;
  space.lastIndex = start;
  space.test(source);
  return space.lastIndex;
}
