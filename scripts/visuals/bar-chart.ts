import { escapeXml } from "./svg.ts";

export interface Bar {
  label: string;
  value: number;
  /** `bare` begins a group: what follows is held against it. */
  kind: "bare" | "ours" | "peer";
}

/** Bars that share a scale, from zero. */
export interface Panel {
  title: string;
  unit: string;
  bars: readonly Bar[];
}

export interface Chart {
  title: string;
  /** Where the figures are from: machine, versions, date. */
  source: string;
  panels: readonly Panel[];
}

const width = 760;
const labelWidth = 230;
const valueWidth = 90;
const barHeight = 18;
const groupGap = 7;
const titleHeight = 34;
/** All three keep their contrast on white and on near-black pages; the background is the page's. */
const ink = "#7d8590";
const fills: Record<Bar["kind"], string> = { bare: "#8b949e", ours: "#2f9e6e", peer: "#c2763a" };

export function barChart({ title, source, panels }: Chart): string {
  let y = 30;
  const parts: string[] = [];
  for (const panel of panels) {
    y += titleHeight;
    const heading = escapeXml(`${panel.title}, ${panel.unit}`);
    parts.push(`<text x="0" y="${y - 8}" font-weight="600">${heading}</text>`);
    const scale = scaleOf(panel);
    for (const [at, bar] of panel.bars.entries()) {
      if (at > 0 && bar.kind === "bare") y += groupGap;
      parts.push(drawn(bar, y, scale));
      y += barHeight;
    }
  }
  const height = y + 34;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(title)}">
<g font-family="ui-sans-serif, system-ui, 'Segoe UI', Helvetica, Arial, sans-serif" font-size="12.5" fill="${ink}">
<text x="0" y="18" font-size="15" font-weight="600">${escapeXml(title)}</text>
${parts.join("\n")}
<text x="0" y="${height - 8}" font-size="11">${escapeXml(source)}</text>
</g>
</svg>
`;
}

function scaleOf({ bars }: Panel): number {
  const most = Math.max(...bars.map(({ value }) => value), Number.MIN_VALUE);
  return (width - labelWidth - valueWidth) / most;
}

function drawn({ label, value, kind }: Bar, y: number, scale: number): string {
  const length = Math.max(value * scale, 1);
  return (
    `<text x="${labelWidth - 10}" y="${y + 13}" text-anchor="end">${escapeXml(label)}</text>` +
    `<rect x="${labelWidth}" y="${y + 3}" width="${length.toFixed(1)}" height="${barHeight - 6}" rx="2" fill="${fills[kind]}"/>` +
    `<text x="${(labelWidth + length + 6).toFixed(1)}" y="${y + 13}">${figure(value)}</text>`
  );
}

/** Three digits: a bench on a shared machine knows no more. */
export function figure(value: number): string {
  const decimals = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  const text = Math.abs(value).toLocaleString("en-US", {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}
