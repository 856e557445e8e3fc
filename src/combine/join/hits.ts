/** A counter's hits; undefined: nobody knows whether it ran. */
export type Hits = number | undefined;

/** Hits of two sources of the same counter: what one of them saw is certain, whatever the other missed. */
export function addHits(a: Hits, b: Hits): Hits {
  if (a !== undefined && b !== undefined) return a + b;
  return (a ?? b) || undefined;
}
