/** Puts counters into a file's text: see docs/how-probes-work.md. Pure: the same text, the same copy. */
import { formatAccess, isProbedCopy } from "../contract/probe-access.ts";
import type { ProbePlan } from "../contract/probe-plan.ts";
import { branchVisitors } from "./branches.ts";
import { classVisitors } from "./classes.ts";
import { declarationVisitors } from "./declarations.ts";
import { hiddenExports } from "./export-names.ts";
import { expressionVisitors } from "./expressions.ts";
import { functionVisitors } from "./functions.ts";
import { IgnoreHints } from "./ignore-hints.ts";
import { printWith } from "./inserts.ts";
import { packPlan } from "./pack-plan.ts";
import { type ModuleKind, type ParsedOriginal, parseOriginal } from "./parse-original.ts";
import { patternVisitors } from "./patterns.ts";
import { ProberError } from "./prober-error.ts";
import { statementVisitors, visitList } from "./statements.ts";
import { givenNames } from "./throwing.ts";
import { type LeftOut, type Visitors, Walk, type WalkOptions } from "./walk.ts";

export interface ProbeOptions {
  kind: ModuleKind;
  /** For messages. */
  path?: string;
  counters: {
    /** The file's number in the manifest: which slice of the counters is its own. */
    slice: number;
    /** `import` for an ES module in an import cycle: its functions may run before its first line. */
    by: "function" | "import";
  };
  /** Names of functions to leave as they are, besides those whose text is seen to travel; `*` is any characters. */
  keepSource?: readonly string[];
}

export interface ProbedFile {
  /** The copy: the original's lines, with more in them. */
  text: string;
  plan: ProbePlan;
  /** Places without probes, whose counters the plan has as unknown. */
  leftOut: LeftOut[];
  /** What stands in the copy and not in the original, by offsets of the original. */
  inserts: readonly { at: number; text: string }[];
}

/** Throws a ProberError where there is no copy. */
export function probe(source: string, options: ProbeOptions): ProbedFile {
  const path = options.path ?? "the file";
  refuseInstrumented(source, path);
  const parsed = parseOriginal(source, options.kind, path);
  const name = unusedName(source);
  const walk = walkFile(
    source,
    parsed,
    {
      counters: name,
      keepsName: nameMatcher(options.keepSource ?? []),
      scopes: { given: givenNames[options.kind], importsMayBeEarly: options.counters.by === "import" },
    },
    path,
  );
  const access = formatAccess(name, options.counters.slice, options.counters.by);
  const header = { at: headerPlace(parsed, source), text: access };
  const inserts = walk.probes === 0 ? [] : walk.inserts.sorted(header);
  const text = printWith(source, inserts);
  const plan = packPlan(source, walk.probes, walk.found);
  const hidden = options.kind === "commonjs" ? hiddenExports(source, text) : "";
  const { leftOut } = walk;
  if (hidden === "") return { text, inserts, plan, leftOut };
  header.text += hidden;
  return { text: printWith(source, inserts), inserts, plan, leftOut };
}

const visitors: Visitors = {
  ...statementVisitors,
  ...declarationVisitors,
  ...branchVisitors,
  ...functionVisitors,
  ...classVisitors,
  ...patternVisitors,
  ...expressionVisitors,
};

function walkFile(
  source: string,
  { comments, program }: ParsedOriginal,
  naming: Pick<WalkOptions, "counters" | "keepsName" | "scopes">,
  path: string,
): Walk {
  const walkWith = (keep: WalkOptions["keep"]): Walk => {
    const hints = new IgnoreHints(source, comments);
    const walk = new Walk({ ...naming, hints, visitors, keep });
    walk.scopes.within(program, () => visitList(program.body, walk));
    return walk.foundTooLate ? walkWith(walk.keep) : walk;
  };
  try {
    return walkWith(new Map());
  } catch (error) {
    if (error instanceof RangeError) throw nestedTooDeeply(path);
    throw error;
  }
}

function nameMatcher(patterns: readonly string[]): (name: string) => boolean {
  if (patterns.length === 0) return () => false;
  const escaped = patterns.map((pattern) =>
    pattern.replace(/[\\^$.|?+()[\]{}]/g, "\\$&").replaceAll("*", ".*"),
  );
  const anyOf = new RegExp(`^(?:${escaped.join("|")})$`);
  return (name) => anyOf.test(name);
}

function nestedTooDeeply(path: string): ProberError {
  return new ProberError(
    "NestedTooDeeply",
    `${path} has expressions nested deeper than the stack reaches`,
    "It stays as it is and its coverage is unknown; with a larger stack (node --stack-size) it may be probed.",
  );
}

/** Before the first statement that is no directive. */
function headerPlace({ program }: ParsedOriginal, source: string): number {
  const first = program.body.find((node) => !("directive" in node) || node.directive === undefined);
  return first?.start ?? source.length;
}

/** A short name for the counters that is nowhere in the text, not even as part of another. */
function unusedName(source: string): string {
  for (let index = 0; ; index++) {
    const name = `$p${index === 0 ? "" : index}`;
    if (!source.includes(name)) return name;
  }
}

/** In every text that Istanbul has instrumented: its own mark, with a hash. */
const istanbulMark = /\b_coverageSchema\s*:\s*["'][0-9a-f]{40}["']/;

function refuseInstrumented(source: string, path: string): void {
  if (istanbulMark.test(source)) {
    throw new ProberError(
      "InstrumentedByIstanbul",
      `${path} is instrumented by Istanbul already`,
      "Build it without babel-plugin-istanbul, nyc or a bundler's coverage plugin.",
    );
  }
  if (isProbedCopy(source)) {
    throw new ProberError("AlreadyProbed", `${path} is a probed copy already`, "Probe the original instead.");
  }
}
