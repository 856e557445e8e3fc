/** Colours for source: JavaScript and TypeScript by js-tokens, Python by one expression. */
import jsTokens from "js-tokens";

export type SyntaxKind = "comment" | "string" | "number" | "keyword";

export interface SyntaxSpan {
  start: number;
  end: number;
  kind: SyntaxKind;
}

/** Above this a page is for searching, not for reading; colouring would double its size. */
const maxColouredLength = 1_000_000;

export function syntaxSpans(source: string, path: string): SyntaxSpan[] {
  if (source.length > maxColouredLength) return [];
  if (/\.pyi?$/.test(path)) return pythonSpans(source);
  return /\.([cm]?[jt]s|[jt]sx)$/.test(path) ? javaScriptSpans(source, /x$/.test(path)) : [];
}

const javaScriptKinds: Record<string, SyntaxKind | undefined> = {
  StringLiteral: "string",
  NoSubstitutionTemplate: "string",
  TemplateHead: "string",
  TemplateMiddle: "string",
  TemplateTail: "string",
  RegularExpressionLiteral: "string",
  JSXString: "string",
  MultiLineComment: "comment",
  SingleLineComment: "comment",
  HashbangComment: "comment",
  NumericLiteral: "number",
};

const javaScriptKeywords = new Set(
  `abstract as async await break case catch class const continue debugger declare default delete do else enum
  export extends false finally for from function get if implements import in infer instanceof interface keyof
  let namespace new null of private protected public readonly return satisfies set static super switch this
  throw true try type typeof undefined using var void while yield`.split(/\s+/),
);

function javaScriptSpans(source: string, jsx: boolean): SyntaxSpan[] {
  const spans: SyntaxSpan[] = [];
  let start = 0;
  for (const { type, value } of jsTokens(source, { jsx: jsx as true })) {
    const end = start + value.length;
    const isKeyword = type === "IdentifierName" && javaScriptKeywords.has(value) && source[start - 1] !== ".";
    const kind = isKeyword ? "keyword" : javaScriptKinds[type];
    if (kind !== undefined) spans.push({ start, end, kind });
    start = end;
  }
  return spans;
}

const python = new RegExp(
  [
    String.raw`(?<comment>#[^\n]*)`,
    String.raw`(?<string>[rbfuRBFU]{0,2}(?:"""(?:\\[\s\S]|[^\\])*?"""|'''(?:\\[\s\S]|[^\\])*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))`,
    String.raw`(?<number>\b\d[\d_.]*(?:[eE][+-]?\d+)?j?\b)`,
    String.raw`(?<keyword>\b(?:False|None|True|and|as|assert|async|await|break|case|class|continue|def|del|elif|else|except|finally|for|from|global|if|import|in|is|lambda|match|nonlocal|not|or|pass|raise|return|try|while|with|yield)\b)`,
  ].join("|"),
  "g",
);

function pythonSpans(source: string): SyntaxSpan[] {
  return [...source.matchAll(python)].map((match) => {
    const kind = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined)?.[0];
    return { start: match.index, end: match.index + match[0].length, kind: kind as SyntaxKind };
  });
}
