/** Script source + source map → probe table. Pure; the slow part of combining, done once per script. */
import type { Comment } from "acorn";
import type { FunctionRanges } from "../fold/script-counts.ts";
import { branchPlaces } from "./branch-places.ts";
import { EsbuildExports, emptyObjectName } from "./esbuild-exports.ts";
import { collectFunctions, functionRanges } from "./function-ranges.ts";
import { IgnoreHints } from "./ignore-hints.ts";
import { Locator } from "./locator.ts";
import { collectModuleLevel } from "./module-level.ts";
import type { OriginalMap } from "./original-map.ts";
import { type AstNode, parseStatements, type StatementVisitor } from "./parse-script.ts";
import type { BranchType, FileTable, FlatRange, ProbeTable } from "./probe-table.ts";
import { RepairFlow, type Repairs, TopLevelOffset } from "./repair/repairs.ts";
import { combineTerms, type Probe } from "./repair/terms.ts";
import type { ScriptMap } from "./source-map.ts";
import { TableBuilder, withTextHash } from "./table-builder.ts";
import { type CounterSink, walkCounters } from "./walk.ts";

export interface BuildTableOptions {
  sha256: string;
  mapSha256: string;
  source: string;
  map: ScriptMap;
  /** Throws TooMuchCode beyond. */
  maxNodes?: number;
  /** False: read every counter where ast-v8-to-istanbul does. */
  repair: boolean;
}

/** Throws a SyntaxError where the source cannot be parsed. */
export function buildTable(options: BuildTableOptions): ProbeTable {
  const { sha256, mapSha256, source, map, repair, maxNodes } = options;
  const walk = () => new ScriptWalk(source, map, repair);
  const { files, ranges, moduleLevel } = parseStatements(source, walk, maxNodes);
  return {
    sha256,
    mapSha256,
    length: source.length,
    functionRanges: ranges,
    moduleLevel,
    deployed: map.deployed,
    ...(map.problem === undefined ? {} : { problem: map.problem }),
    files: files.map((file) => withTextHash(file, map.map)),
  };
}

class ScriptWalk implements StatementVisitor {
  files: FileTable[] = [];
  ranges: FunctionRanges = [];
  readonly moduleLevel = { deferred: [] as number[], loops: [] as number[] };
  readonly #source: string;
  readonly #hints: IgnoreHints;
  readonly #repairs: RepairFlow | undefined;
  readonly #builder: TableBuilder;
  readonly #sink: TableSink;
  readonly #topLevel = new TopLevelOffset();
  readonly #functions: number[] = [];
  /** Undefined without repairs: ast-v8-to-istanbul counts it. Undefined without a map. */
  readonly #esbuild: EsbuildExports | undefined;
  /** A bundler's helpers lie before it. */
  readonly #firstMapped: number;
  /** `var x = {};`, which the next statement may show to be no code of the user's. */
  #held: { node: AstNode; name: string } | undefined;

  constructor(source: string, { map, deployed }: ScriptMap, repair: boolean) {
    this.#source = source;
    this.#hints = new IgnoreHints(source);
    this.#repairs = repair ? new RepairFlow(source) : undefined;
    // In a report on the deployed code itself it has its own lines.
    const leavesOut = repair && !deployed;
    this.#esbuild = leavesOut ? new EsbuildExports() : undefined;
    this.#builder = builderFor(map, repair);
    const locator = new Locator(source, map);
    this.#firstMapped = leavesOut ? locator.firstMapped : 0;
    this.#sink = new TableSink(locator, this.#builder, this.#repairs);
  }

  statement(node: AstNode, comments: readonly Comment[]): void {
    this.#hints.read(comments);
    const isGenerated = this.#esbuild?.follow(node) === true || node.end <= this.#firstMapped;
    if (this.#held !== undefined && this.#held.name !== this.#esbuild?.namespaceOf(node))
      this.#count(this.#held.node);
    else if (this.#held !== undefined) this.#follow(this.#held.node);
    this.#held = undefined;
    const name = this.#esbuild && emptyObjectName(node);
    if (isGenerated) this.#follow(node);
    else if (name !== undefined) this.#held = { node, name };
    else this.#count(node);
  }

  #count(node: AstNode): void {
    this.#follow(node);
    walkCounters(node, this.#hints, this.#sink);
  }

  #follow(node: AstNode): void {
    this.#topLevel.follow(node);
    collectFunctions(node, this.#functions);
    collectModuleLevel(node, this.moduleLevel);
    this.#repairs?.follow(node);
  }

  end(comments: readonly Comment[]): void {
    this.#hints.read(comments);
    if (this.#held !== undefined) this.#count(this.#held.node);
    const { length } = this.#source;
    const { offset } = this.#topLevel;
    this.ranges = functionRanges(this.#functions, offset < length ? offset : 0, length);
    this.files = this.#hints.file ? [] : this.#builder.build();
  }
}

function builderFor(map: OriginalMap, repair: boolean): TableBuilder {
  return new TableBuilder(map.sources, repair);
}

/** The counters of a source that never ran, by its whole AST. */
export function tableOf(program: AstNode, hints: IgnoreHints, source: string, map: OriginalMap): FileTable[] {
  const builder = builderFor(map, false);
  if (!hints.file) walkCounters(program, hints, new TableSink(new Locator(source, map), builder, undefined));
  return builder.build();
}

class TableSink implements CounterSink {
  readonly #locator: Locator;
  readonly #builder: TableBuilder;
  readonly #repairs: Repairs | undefined;

  constructor(locator: Locator, builder: TableBuilder, repairs: Repairs | undefined) {
    this.#locator = locator;
    this.#builder = builder;
    this.#repairs = repairs;
  }

  statement(node: AstNode, counted: AstNode = node): void {
    const range = this.#locator.range(node);
    if (range === undefined) return;
    const repaired = counted === node ? this.#repairs?.field(node) : undefined;
    this.#builder.statement(range, repaired ?? this.#repairs?.statement(counted) ?? [counted.start]);
  }

  function(
    node: AstNode,
    body: { start: number; end: number },
    declaration: { start: number; end: number },
    counted: AstNode,
  ): void {
    const range = this.#locator.range(body);
    if (range === undefined) return;
    const declared = this.#locator.range(declaration);
    if (declared === undefined) return;
    // ast-v8-to-istanbul reads `key: function(){}` at its key, where the function around it counts.
    const own = this.#repairs && counted.type === "Property" ? (counted.value as AstNode) : counted;
    this.#builder.function(functionName(node), range, declared, this.#repairs?.entry(own) ?? [own.start]);
  }

  branch(type: BranchType, node: AstNode, arms: (AstNode | null)[]): void {
    const places = branchPlaces(this.#locator, type, node, arms);
    if (places === undefined) return;
    const probes: Probe[] = [];
    for (const [index, arm] of arms.entries()) {
      // Without repairs a place that the map lacks shifts the counts, as in ast-v8-to-istanbul.
      const isPlaced = places.arms[index] !== undefined;
      if (isPlaced || this.#repairs === undefined) probes.push(this.#armProbe(node, arm, probes));
    }
    const placed = places.arms.filter((place): place is FlatRange => place !== undefined);
    this.#builder.branch(type, places.range, placed, probes);
  }

  #armProbe(node: AstNode, arm: AstNode | null, before: readonly Probe[]): Probe {
    if (arm === null) {
      return this.#repairs?.unwrittenElse(node) ?? combineTerms([node.start], [], before.at(-1) ?? []);
    }
    const inner = arm.type === "BlockStatement" ? arm.start + 1 : arm.start;
    return this.#repairs?.arm(arm) ?? [inner];
  }
}

function functionName(node: AstNode): string | undefined {
  if (node.type === "Identifier") return node.name as string;
  if (node.id) return functionName(node.id as AstNode);
  return node.key ? functionName(node.key as AstNode) : undefined;
}
