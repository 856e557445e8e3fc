/**
 * test262's language tests, bare against probed: the same ending, and the same error. Takes a checkout of
 * https://github.com/tc39/test262 by `--test262 <folder>`: no package of npm carries the tests.
 */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeBinary } from "../../../src/local/lambda/node-binary.ts";
import { bundleFor, linesUntilEnd } from "../node-under-test.ts";
import { namedDifferences } from "./named-differences.ts";
import type { Case } from "./worker.ts";

export interface Test262Options {
  /** A checkout. */
  folder: string;
  /** Major versions. */
  nodes: readonly string[];
  /** Of so many files one is taken. */
  every: number;
}

/** Node.js 22 keeps the globals of a process, and slows down. */
const filesAtOnce = 300;

export async function test262({ folder, nodes, every }: Test262Options): Promise<number> {
  const paths = testsIn(folder).filter((_, index) => index % every === 0);
  const work = mkdtempSync(join(tmpdir(), "test262-"));
  try {
    const worker = await bundleFor(work, join(import.meta.dirname, "worker.ts"));
    let wrong = 0;
    for (const major of nodes) {
      const { path: node } = await nodeBinary(Number(major));
      const tally = new Tally();
      const run = (list: string) =>
        linesUntilEnd<Partial<Case>>(node, [
          "--experimental-vm-modules",
          "--no-warnings",
          worker,
          folder,
          list,
        ]);
      for await (const found of casesOf(paths, join(work, "list.txt"), run)) tally.add(found);
      process.stdout.write(`test262 on Node.js ${major}: ${tally}\n`);
      wrong += tally.wrong;
    }
    return wrong;
  } finally {
    rmSync(work, { recursive: true });
  }
}

type Run = (list: string) => Promise<Partial<Case>[]>;

/** A test that ends the process is skipped, and the rest goes on in another. */
async function* casesOf(paths: readonly string[], list: string, run: Run): AsyncGenerator<Partial<Case>> {
  for (let next = 0; next < paths.length; ) {
    const part = paths.slice(next, next + filesAtOnce);
    writeFileSync(list, part.join("\n"));
    const lines = await run(list);
    const last = lines.at(-1);
    if (last?.path === undefined) throw new Error("the process under test has run nothing");
    yield* lines.filter((one) => one.probed !== undefined);
    if (last.probed === undefined) yield last;
    next += last.probed === undefined ? part.indexOf(last.path) + 1 : part.length;
  }
}

function testsIn(folder: string): string[] {
  const paths = readdirSync(join(folder, "test/language"), { recursive: true, encoding: "utf8" });
  const tests = paths.filter((path) => path.endsWith(".js") && !path.endsWith("_FIXTURE.js"));
  return tests.map((path) => join("language", path)).sort();
}

class Tally {
  wrong = 0;
  #cases = 0;
  readonly #ends = { passed: 0, failed: 0, open: 0, refused: 0 };
  #refusedThoughItRuns = 0;
  readonly #endedBare: string[] = [];
  readonly #named = new Map<string, number>();

  add(found: Partial<Case>): void {
    const { path, variant, bare, probed } = found;
    this.#cases++;
    if (bare === undefined) {
      this.#endedBare.push(`${path}`);
      return;
    }
    if (probed === undefined) {
      this.wrong++;
      process.stderr.write(`${path} (${variant}): ends the process, probed\n`);
      return;
    }
    this.#ends[probed.end === "refused" ? "refused" : bare.end]++;
    if (probed.end === "refused") {
      if (bare.end !== "failed") this.#refusedThoughItRuns++;
      return;
    }
    if (JSON.stringify(bare) === JSON.stringify(probed)) return;
    const named = namedDifferences.find(({ covers }) => covers(found as Case));
    if (named !== undefined) {
      this.#named.set(named.what, (this.#named.get(named.what) ?? 0) + 1);
      return;
    }
    this.wrong++;
    process.stderr.write(
      `${path} (${variant}): ${JSON.stringify(probed)} instead of ${JSON.stringify(bare)}\n`,
    );
  }

  toString(): string {
    const { passed, failed, open, refused } = this.#ends;
    const named = [...this.#named].map(([what, count]) => `; ${count} by name: ${what}`);
    if (this.#endedBare.length > 0)
      named.push(`; bare these end Node.js itself: ${this.#endedBare.join(", ")}`);
    return (
      `${this.#cases} cases, ${passed} pass, ${failed} fail and ${open} never end both ways, ` +
      `${refused} have no copy (${this.#refusedThoughItRuns} of them run), ${this.wrong} differ${named.join("")}`
    );
  }
}
