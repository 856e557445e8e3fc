/**
 * A probe: how a counter is read from a script's counts. A sum of point queries; `offset` adds the count
 * there, `~offset` takes it away.
 */
export type Probe = readonly number[];

/** Longer sums add up more noise than they repair. */
const maxTerms = 12;

/** `base + added - removed`, equal terms cancelled; `base` alone where that gets too long. */
export function combineTerms(base: Probe, added: Probe, removed: Probe = []): Probe {
  const terms = [...base];
  for (const term of [...added, ...removed.map((removedTerm) => ~removedTerm)]) {
    const opposite = terms.indexOf(~term);
    if (opposite >= 0) terms.splice(opposite, 1);
    else terms.push(term);
  }
  return terms.length === 0 || terms.length > maxTerms ? base : terms;
}
