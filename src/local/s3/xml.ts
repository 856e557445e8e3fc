/** The little XML that S3's protocol needs. */

export function escapeXml(text: string): string {
  return text.replace(/[<>&"']|\p{Cc}/gu, (character) => {
    return namedEntities[character] ?? `&#${character.charCodeAt(0)};`;
  });
}

const namedEntities: Record<string, string> = {
  "<": "&lt;",
  ">": "&gt;",
  "&": "&amp;",
  '"': "&quot;",
  "'": "&apos;",
};

/** A tree as elements: arrays repeat the element, undefined leaves it out. */
export type XmlValue = string | number | boolean | undefined | XmlTree | XmlValue[];
export interface XmlTree {
  [name: string]: XmlValue;
}

export function xmlDocument(root: string, tree: XmlTree): string {
  const inner = elements(tree);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inner}</${root}>`;
}

function elements(tree: XmlTree): string {
  return Object.entries(tree)
    .map(([name, value]) => element(name, value))
    .join("");
}

function element(name: string, value: XmlValue): string {
  if (value === undefined) return "";
  if (Array.isArray(value)) return value.map((one) => element(name, one)).join("");
  const inner = typeof value === "object" ? elements(value) : escapeXml(String(value));
  return `<${name}>${inner}</${name}>`;
}

/**
 * The texts between `<name>` and `</name>`, unescaped unless they hold elements themselves. One pass: an expression
 * would look for the end of each element that is never closed, up to the end of the document.
 */
export function xmlTexts(xml: string, name: string): string[] {
  const texts: string[] = [];
  const close = `</${name}>`;
  for (let at = 0; ; ) {
    const open = xml.indexOf(`<${name}`, at);
    if (open < 0) return texts;
    at = open + 1 + name.length;
    // `<PartNumber>` is no `<Part>`.
    if (!/[>\s]/.test(xml.charAt(at))) continue;
    const start = xml.indexOf(">", at) + 1;
    const end = start === 0 ? -1 : xml.indexOf(close, start);
    if (end < 0) return texts;
    const text = xml.slice(start, end);
    texts.push(text.includes("<") ? text : unescapeXml(text));
    at = end + close.length;
  }
}

export function xmlText(xml: string, name: string): string | undefined {
  return xmlTexts(xml, name)[0];
}

function unescapeXml(text: string): string {
  return text.replace(/&(?:#x([0-9a-fA-F]+)|#(\d+)|(lt|gt|amp|quot|apos));/g, (_, hex, decimal, name) => {
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    return unescapes[name as string] as string;
  });
}

const unescapes: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };
