/** From a file's text to its syntax tree, with its comments and the names that it declares. */
import { type Comment, type Options, Parser, type Program } from "acorn";
import { ProberError } from "./prober-error.ts";

export type ModuleKind = "commonjs" | "module";

export interface DeclaredNames {
  /** Every name that any scope of the file declares. */
  all: Set<string>;
  /** Those that some scope declares by `let`, `const`, `class` or `import`. */
  lexical: Set<string>;
}

export interface ParsedOriginal {
  program: Program;
  comments: Comment[];
  names: DeclaredNames;
}

/** What Node.js's wrapper function around a CommonJS file declares. */
const wrapperNames = ["exports", "require", "module", "__filename", "__dirname", "arguments"];

export function parseOriginal(source: string, kind: ModuleKind, path: string): ParsedOriginal {
  const comments: Comment[] = [];
  const names: DeclaredNames = { all: new Set(kind === "commonjs" ? wrapperNames : []), lexical: new Set() };
  const options: Options = {
    ecmaVersion: "latest",
    sourceType: kind,
    allowHashBang: true,
    onComment: comments,
  };
  try {
    return { program: new NamingParser(options, source, names).parse(), comments, names };
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

/** What acorn calls for each binding (https://github.com/acornjs/acorn, scope.js). */
interface AcornScopes {
  declareName(name: string, bindingType: number, position: number): void;
}

const Scopes = Parser as unknown as new (options: Options, source: string) => Parser & AcornScopes;

/** acorn's BIND_LEXICAL (scopeflags.js). */
const lexicalBinding = 2;

class NamingParser extends Scopes {
  readonly #names: DeclaredNames;

  constructor(options: Options, source: string, names: DeclaredNames) {
    super(options, source);
    this.#names = names;
  }

  override declareName(name: string, bindingType: number, position: number): void {
    this.#names.all.add(name);
    if (bindingType === lexicalBinding) this.#names.lexical.add(name);
    super.declareName(name, bindingType, position);
  }
}
