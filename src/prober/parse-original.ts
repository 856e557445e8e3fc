/** From a file's text to its syntax tree, with its comments. */
import { type Comment, type Options, type Program, parse } from "acorn";
import { ProberError } from "./prober-error.ts";

export type ModuleKind = "commonjs" | "module";

export interface ParsedOriginal {
  program: Program;
  comments: Comment[];
}

export function parseOriginal(source: string, kind: ModuleKind, path: string): ParsedOriginal {
  const comments: Comment[] = [];
  const options: Options = {
    ecmaVersion: "latest",
    sourceType: kind,
    allowHashBang: true,
    onComment: comments,
  };
  try {
    return { program: parse(source, options), comments };
  } catch (error) {
    if (error instanceof SyntaxError) throw doesNotParse(path, kind, error);
    throw error;
  }
}

function doesNotParse(path: string, kind: ModuleKind, { message }: SyntaxError): ProberError {
  const wanted = kind === "module" ? "an ES module" : "a CommonJS module";
  return new ProberError(
    "DoesNotParse",
    `${path} does not parse as ${wanted}: ${message}`,
    "It stays as it is and its coverage is unknown; if Node.js runs it, check its extension and the nearest package.json's type.",
  );
}
