/** The table of docs/errors.md that says what the layer's own lines tell to do, from src/contract/delivery.json. */
import delivery from "../../src/contract/delivery.json" with { type: "json" };

const begin = "<!-- remedies: generated from src/contract/delivery.json -->\n";
const end = "<!-- /remedies -->";

export function withRemedies(page: string): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`docs/errors.md: ${begin.trim()} … ${end} was not found`);
  return `${page.slice(0, from + begin.length)}${table(page.slice(0, from) + page.slice(to))}${page.slice(to)}`;
}

function table(rest: string): string {
  const named = delivery.networkCodes.map((code) => anchored(code, rest)).join(", ");
  const rows = Object.entries(delivery.remedies).map(
    ([code, text]) => `| ${anchored(code, rest)} | ${remedyText(text)} |`,
  );
  return `| code | \`remedy\` in the line, of either layer |\n|---|---|\n${rows.join("\n")}\n| ${named} | ${delivery.unreachable} |\n`;
}

/** One code's remedy may be another's. */
export function remedyText(text: string): string {
  return (delivery.remedies as Record<string, string>)[text] ?? text;
}

/** The first place of a code on the page is its anchor. */
function anchored(code: string, rest: string): string {
  return rest.includes(`id="${code}"`) ? `\`${code}\`` : `<a id="${code}"></a>\`${code}\``;
}
