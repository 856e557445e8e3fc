/** Each piece is a write of its own: not one for every small file of a report. */
const leastCharacters = 128 * 1024;

/** The same text in fewer pieces. */
export function* inPieces(texts: Iterable<string>): Generator<string> {
  let piece = "";
  for (const text of texts) {
    piece += text;
    if (piece.length < leastCharacters) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}
