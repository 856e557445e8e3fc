import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Finding, tableCells } from "./pages.ts";
import { proofProblems } from "./proofs.ts";

const mapPath = "docs/spec-map.md";
const namesPath = "docs/spec-names.json";
const states = /^(same|renamed|changed|later)\b/;

interface Row {
  name: string;
  state: string;
  proof: string;
  line: number;
}

/** Names of the spec without a row, rows without a name, states that are none, proofs that are gone. */
export function specMapFindings(root: string): Finding[] {
  const names = JSON.parse(readFileSync(join(root, namesPath), "utf8")) as Record<string, string[]>;
  const rows = rowsBySection(readFileSync(join(root, mapPath), "utf8"));
  const findings: Finding[] = [];
  for (const [section, wanted] of Object.entries(names)) {
    const there = rows.get(section) ?? [];
    for (const name of wanted) {
      const count = there.filter((row) => row.name === name).length;
      if (count !== 1) findings.push(finding(1, `"${section}" has ${count} rows for \`${name}\`, not 1`));
    }
    for (const row of there) {
      if (!wanted.includes(row.name))
        findings.push(finding(row.line, `\`${row.name}\` is not in ${namesPath}`));
    }
  }
  for (const row of [...rows.values()].flat()) {
    if (!states.test(row.state)) findings.push(finding(row.line, `"${row.state}" is no state`));
    else if (row.state.startsWith("later")) continue;
    else for (const problem of proofProblems(root, row.proof)) findings.push(finding(row.line, problem));
  }
  return findings;
}

function finding(line: number, message: string): Finding {
  return { path: mapPath, line, message };
}

function rowsBySection(text: string): Map<string, Row[]> {
  const sections = new Map<string, Row[]>();
  let rows: Row[] = [];
  text.split("\n").forEach((line, at) => {
    const heading = /^## (.+)$/.exec(line)?.[1];
    if (heading !== undefined) {
      rows = [];
      sections.set(heading, rows);
    }
    const cells = tableCells(line);
    if (cells === undefined || cells.length !== 4 || cells[2] === "state") return;
    const [name = "", , state = "", proof = ""] = cells;
    rows.push({ name: name.replace(/^`|`$/g, ""), state, proof, line: at + 1 });
  });
  return sections;
}

const requirementsPath = "docs/requirements.md";
const wantedCriteria = { 1: 4, 2: 4, 3: 4, 4: 5, 5: 5, 6: 4 };

/** Each acceptance criterion has one row: `| 1.1 | what | state | proof |`. */
export function requirementFindings(root: string): Finding[] {
  if (!existsSync(join(root, requirementsPath)))
    return [{ path: requirementsPath, line: 1, message: "is missing" }];
  const at = (line: number, message: string) => ({ path: requirementsPath, line, message });
  const findings: Finding[] = [];
  const seen = new Set<string>();
  readFileSync(join(root, requirementsPath), "utf8")
    .split("\n")
    .forEach((line, index) => {
      const cells = tableCells(line);
      if (cells === undefined || !/^\d\.\d$/.test(cells[0] ?? "")) return;
      const [id = "", , state = "", proof = ""] = cells;
      if (seen.has(id)) findings.push(at(index + 1, `${id} has two rows`));
      seen.add(id);
      if (state === "later") return;
      if (state !== "met") findings.push(at(index + 1, `"${state}" is no state: met or later`));
      for (const problem of proofProblems(root, proof)) findings.push(at(index + 1, `${id} ${problem}`));
    });
  for (const [requirement, count] of Object.entries(wantedCriteria)) {
    for (let n = 1; n <= count; n++) {
      if (!seen.has(`${requirement}.${n}`)) findings.push(at(1, `there is no row for ${requirement}.${n}`));
    }
  }
  return findings;
}
