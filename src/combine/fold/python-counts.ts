/** The union of what all snapshots of one Python script executed: coverage.py counts lines, not hits. */
import type { PythonScriptCoverage } from "../../contract/coverage-file.ts";

/** Line numbers reach 2^25 either way (see validate.ts): a pair fits into a safe integer. */
const span = 2 ** 26;
const shift = 2 ** 25;

export class PythonCounts {
  readonly lines = new Set<number>();
  readonly #arcs = new Set<number>();
  /** Some snapshot measured branches. */
  hasArcs = false;
  /** Some snapshot began after the script was imported. */
  isLate = false;

  add(script: Pick<PythonScriptCoverage, "lines" | "arcs">, late: boolean): void {
    for (const line of script.lines) this.lines.add(line);
    const { arcs } = script;
    if (arcs.length > 0) this.hasArcs = true;
    for (let at = 0; at < arcs.length; at += 2) {
      this.#arcs.add(((arcs[at] as number) + shift) * span + (arcs[at + 1] as number) + shift);
    }
    if (late) this.isLate = true;
  }

  /** Sorted pairs. */
  arcs(): [number, number][] {
    return [...this.#arcs]
      .sort((a, b) => a - b)
      .map((arc) => [Math.floor(arc / span) - shift, (arc % span) - shift]);
  }
}
