import type { CoverageMap } from "istanbul-lib-coverage";
import { inPieces } from "./pieces.ts";

/** coverage-final.json, to the byte as istanbul-reports writes it, in pieces and without its tree of folders. */
export function istanbulJson(map: CoverageMap): Generator<string> {
  return inPieces(entries(map));
}

function* entries(map: CoverageMap): Generator<string> {
  let open = "{";
  for (const file of map.files()) {
    yield `${open}${JSON.stringify(file)}: ${JSON.stringify(map.fileCoverageFor(file).data)}\n`;
    open = ",";
  }
  yield open === "{" ? "{}\n" : "}\n";
}
