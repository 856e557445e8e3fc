/** What a terminal shows of a program's output: its lines, cut into pieces of one look. */

export interface Look {
  bold: boolean;
  dim: boolean;
  /** SGR number, 30–37 or 90–97; undefined is the terminal's own colour. */
  colour: number | undefined;
}

export interface Piece extends Look {
  text: string;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const tokens = /\x1b\[([\d;?]*)([A-Za-z])|(\r)|([^\x1b\r]+)/g;
const plain: Look = { bold: false, dim: false, colour: undefined };

/**
 * @param output with SGR colours, and lines that progress rewrites by a carriage return and an erase
 * @see https://ecma-international.org/publications-and-standards/standards/ecma-48/
 */
export function terminalLines(output: string): Piece[][] {
  let look = plain;
  return output.split(/\r*\n/).map((line) => {
    // Only what follows the last carriage return or erase of a line stays on the screen.
    const pieces: Piece[] = [];
    for (const [, parameters, command, erase, text] of line.matchAll(tokens)) {
      if (text !== undefined) pieces.push({ ...look, text });
      else if (erase !== undefined || command === "K" || command === "G") pieces.length = 0;
      else if (command === "m") look = (parameters ?? "").split(";").map(Number).reduce(applied, look);
    }
    return pieces;
  });
}

function applied(look: Look, code: number): Look {
  if (code === 0) return plain;
  if (code === 1) return { ...look, bold: true };
  if (code === 2) return { ...look, dim: true };
  if (code === 22) return { ...look, bold: false, dim: false };
  if (code === 39) return { ...look, colour: undefined };
  const isColour = (code >= 30 && code <= 37) || (code >= 90 && code <= 97);
  return isColour ? { ...look, colour: code } : look;
}
