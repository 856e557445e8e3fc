import type { CoverageMap } from "istanbul-lib-coverage";

export interface OnlyHere {
  path: string;
  /** 1-based first lines of statements, ascending. */
  lines: number[];
}

/** Statements whose every hit of `all` is a hit of `one`: what one request ran and no other did. */
export function onlyRanHere(all: CoverageMap, one: CoverageMap): OnlyHere[] {
  return one.files().flatMap((path) => {
    if (!all.files().includes(path)) return [];
    const everywhere = all.fileCoverageFor(path).data;
    const here = one.fileCoverageFor(path).data;
    const lines = new Set<number>();
    for (const [id, hits] of Object.entries(here.s)) {
      const line = here.statementMap[id]?.start.line;
      if (hits > 0 && everywhere.s[id] === hits && line !== undefined) lines.add(line);
    }
    return lines.size === 0 ? [] : [{ path, lines: [...lines].sort((a, b) => a - b) }];
  });
}
