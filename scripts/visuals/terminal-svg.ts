import type { Piece } from "./ansi.ts";
import { escapeXml } from "./svg.ts";

const columnWidth = 8;
const lineHeight = 18;
const margin = 16;
const barHeight = 28;
const background = "#161b22";
const foreground = "#d7dde4";
/** On the dark background above; it is the window's own, so the picture fits light and dark pages. */
const colours: Record<number, string> = {
  31: "#ff7b72",
  32: "#56d364",
  33: "#e3b341",
  34: "#79c0ff",
  35: "#d2a8ff",
  36: "#76e3ea",
};

/** A terminal window as SVG. Each piece gets its columns' width, so that any monospaced font keeps the table. */
export function terminalSvg(lines: readonly Piece[][], title: string): string {
  const columns = Math.max(...lines.map((line) => textOf(line).trimEnd().length));
  const width = columns * columnWidth + 2 * margin;
  const height = barHeight + lines.length * lineHeight + 2 * margin;
  const rows = lines.flatMap((line, at) => {
    const y = barHeight + margin + at * lineHeight + 13;
    let column = 0;
    return line.flatMap((piece) => {
      const start = column;
      column += piece.text.length;
      return pieceText(piece, start, y);
    });
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(title)}">
<rect width="${width}" height="${height}" rx="8" fill="${background}"/>
<circle cx="18" cy="15" r="5" fill="#484f58"/><circle cx="35" cy="15" r="5" fill="#484f58"/><circle cx="52" cy="15" r="5" fill="#484f58"/>
<text x="${width / 2}" y="19" text-anchor="middle" fill="#9198a1" font-family="ui-sans-serif, system-ui, sans-serif" font-size="12">${escapeXml(title)}</text>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13" fill="${foreground}">
${rows.join("\n")}
</g>
</svg>
`;
}

function pieceText(piece: Piece, column: number, y: number): string[] {
  const text = piece.text.trim();
  if (text === "") return [];
  const x = margin + (column + piece.text.length - piece.text.trimStart().length) * columnWidth;
  // SVG collapses runs of spaces, so each run of words is placed by itself.
  return [...text.matchAll(/\S+(?: \S+)*/g)].map((run) => {
    const place = `x="${x + run.index * columnWidth}" y="${y}" textLength="${run[0].length * columnWidth}"`;
    return `<text ${place} lengthAdjust="spacingAndGlyphs"${lookOf(piece)}>${escapeXml(run[0])}</text>`;
  });
}

function lookOf({ bold, dim, colour }: Piece): string {
  const fill = colour === undefined ? undefined : (colours[colour] ?? colours[colour - 60]);
  return `${fill ? ` fill="${fill}"` : ""}${bold ? ' font-weight="bold"' : ""}${dim ? ' opacity="0.65"' : ""}`;
}

export function textOf(line: readonly Piece[]): string {
  return line.map(({ text }) => text).join("");
}
