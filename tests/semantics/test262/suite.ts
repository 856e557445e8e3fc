/**
 * test262's language tests, bare against probed: the same ending, and the same error. Takes a checkout of
 * https://github.com/tc39/test262 by `--test262 <folder>`: no package of npm carries the tests.
 */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeBinary } from "../../../src/local/lambda/node-binary.ts";
import { bundleFor, linesOf } from "../node-under-test.ts";
import { endingTheProcess, namedDifferences } from "./named-differences.ts";
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
      for (let done = 0; done < paths.length; done += filesAtOnce) {
        const list = join(work, "list.txt");
        writeFileSync(list, paths.slice(done, done + filesAtOnce).join("\n"));
        const args = ["--experimental-vm-modules", "--no-warnings", worker, folder, list];
        for (const found of await linesOf<Case>(node, args)) tally.add(found);
      }
      process.stdout.write(`test262 on Node.js ${major}: ${tally}\n`);
      wrong += tally.wrong;
    }
    return wrong;
  } finally {
    rmSync(work, { recursive: true });
  }
}

function testsIn(folder: string): string[] {
  const paths = readdirSync(join(folder, "test/language"), { recursive: true, encoding: "utf8" });
  const tests = paths.filter((path) => path.endsWith(".js") && !path.endsWith("_FIXTURE.js"));
  const left = new Set(endingTheProcess.map(({ path }) => path));
  return tests
    .map((path) => join("language", path))
    .filter((path) => !left.has(path))
    .sort();
}

class Tally {
  wrong = 0;
  #cases = 0;
  readonly #ends = { passed: 0, failed: 0, open: 0, refused: 0 };
  #refusedThoughItRuns = 0;
  readonly #named = new Map<string, number>();

  add(found: Case): void {
    const { path, variant, bare, probed } = found;
    this.#cases++;
    this.#ends[probed.end === "refused" ? "refused" : bare.end]++;
    if (probed.end === "refused") {
      if (bare.end !== "failed") this.#refusedThoughItRuns++;
      return;
    }
    if (JSON.stringify(bare) === JSON.stringify(probed)) return;
    const named = namedDifferences.find(({ covers }) => covers(found));
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
    return (
      `${this.#cases} cases, ${passed} pass, ${failed} fail and ${open} never end both ways, ` +
      `${refused} have no copy (${this.#refusedThoughItRuns} of them run), ${this.wrong} differ${named.join("")}`
    );
  }
}
