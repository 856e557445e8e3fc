/** A file piece by piece: a big bundle and its map as a whole would be most of the agent's memory. */
import { isUtf8 } from "node:buffer";
import { closeSync, openSync, readSync } from "node:fs";

const pieceBytes = 16 * 1024;

/** Each piece is gone with the next: they share one buffer. Throws where the file cannot be read. */
export function* filePieces(file: string): Generator<Buffer> {
  const fd = openSync(file, "r");
  try {
    const buffer = Buffer.allocUnsafe(pieceBytes);
    for (let size = readSync(fd, buffer); size > 0; size = readSync(fd, buffer))
      yield buffer.subarray(0, size);
  } finally {
    closeSync(fd);
  }
}

/**
 * The file's text as V8 has it: without the byte-order mark, which Node's loaders strip. Pieces end where characters
 * do. Throws where the file cannot be read or is no UTF-8, whose bytes V8 has as U+FFFD.
 */
export function* textPieces(file: string): Generator<Buffer> {
  let cut: Buffer = Buffer.alloc(0);
  let isFirst = true;
  for (const bytes of filePieces(file)) {
    let piece = cut.length === 0 ? bytes : Buffer.concat([cut, bytes]);
    if (isFirst && piece[0] === 0xef && piece[1] === 0xbb && piece[2] === 0xbf) piece = piece.subarray(3);
    isFirst = false;
    const end = endOfCharacters(piece);
    cut = Buffer.from(piece.subarray(end));
    yield checked(piece.subarray(0, end));
  }
  if (cut.length > 0) yield checked(cut);
}

function checked(piece: Buffer): Buffer {
  if (!isUtf8(piece)) throw new TypeError("no UTF-8");
  return piece;
}

/** Where the last character begins, if it may go on; else the end. */
function endOfCharacters(piece: Buffer): number {
  const last = piece.length - 1;
  for (let at = last; at > last - 3 && at >= 0; at--) {
    const byte = piece[at] as number;
    // A byte that begins a longer character; 10xxxxxx goes on with one, 0xxxxxxx is one.
    if (byte >= 0xc0) return at;
    if (byte < 0x80) break;
  }
  return piece.length;
}
