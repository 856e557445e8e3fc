/**
 * lcov.info, record for record as istanbul-reports writes it, in one pass: its own takes most of a second for a
 * large bundle. Format: https://github.com/linux-test-project/lcov/blob/master/man/geninfo.1
 */
import type { CoverageMap, FileCoverageData } from "istanbul-lib-coverage";
import { inPieces } from "./pieces.ts";

/** The names inside the map must be safe already (`reportableMap`): lcov has no escapes. */
export function renderLcov(map: CoverageMap): Generator<string> {
  return inPieces(records(map));
}

function* records(map: CoverageMap): Generator<string> {
  for (const file of map.files()) yield renderRecord(map.fileCoverageFor(file).data);
}

function renderRecord(data: FileCoverageData): string {
  let text = `TN:\nSF:${data.path}\n`;
  let found = 0;
  let hit = 0;
  let hits = "";
  for (const id in data.fnMap) {
    const { name, decl, loc } = data.fnMap[id] as FileCoverageData["fnMap"][string];
    const count = data.f[id] as number;
    text += `FN:${(decl ?? loc).start.line},${name}\n`;
    hits += `FNDA:${count},${name}\n`;
    found++;
    if (count > 0) hit++;
  }
  text += `FNF:${found}\nFNH:${hit}\n${hits}`;
  const lines = lineHits(data);
  found = 0;
  hit = 0;
  for (const line in lines) {
    const count = lines[line] as number;
    text += `DA:${line},${count}\n`;
    found++;
    if (count > 0) hit++;
  }
  text += `LF:${found}\nLH:${hit}\n`;
  found = 0;
  hit = 0;
  for (const id in data.b) {
    const line = data.branchMap[id]?.loc.start.line;
    for (const [arm, count] of (data.b[id] as number[]).entries()) {
      text += `BRDA:${line},${id},${arm},${count}\n`;
      found++;
      if (count > 0) hit++;
    }
  }
  return `${text}BRF:${found}\nBRH:${hit}\nend_of_record\n`;
}

/** By line, in order: the highest count of the statements that begin there. */
function lineHits({ statementMap, s }: FileCoverageData): Record<number, number> {
  const lines: Record<number, number> = {};
  for (const id in s) {
    const line = statementMap[id]?.start.line;
    if (line === undefined) continue;
    const count = s[id] as number;
    const known = lines[line];
    if (known === undefined || known < count) lines[line] = count;
  }
  return lines;
}
