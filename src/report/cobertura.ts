/**
 * Cobertura's XML (coverage-04.dtd), as GitLab, Azure DevOps and Jenkins read it. istanbul-reports has one
 * too, but it prints file names unescaped, and this machine's folder as `source`.
 */
import type { ArmView, FileView } from "./file-view.ts";
import { escapeHtml as escapeXml } from "./html/markup.ts";
import type { ReportModel } from "./model.ts";
import type { Share } from "./percent.ts";

export function renderCobertura(model: ReportModel): string {
  const { lines, branches } = model.totals;
  const attributes = [
    `lines-valid="${lines.total}" lines-covered="${lines.covered}" line-rate="${rate(lines)}"`,
    `branches-valid="${branches.total}" branches-covered="${branches.covered}" branch-rate="${rate(branches)}"`,
    `timestamp="${Math.floor(model.generatedAt.getTime() / 1000)}" complexity="0" version="0.1"`,
  ];
  return [
    `<?xml version="1.0" ?>`,
    `<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">`,
    `<coverage ${attributes.join(" ")}>`,
    "  <sources><source>.</source></sources>",
    "  <packages>",
    ...[...packages(model.files)].flatMap(([name, files]) => packageLines(name, files)),
    "  </packages>",
    "</coverage>",
    "",
  ].join("\n");
}

function packages(files: readonly FileView[]): Map<string, FileView[]> {
  const byFolder = new Map<string, FileView[]>();
  for (const file of files) {
    const folder = file.path.slice(0, Math.max(0, file.path.lastIndexOf("/")));
    const name = folder === "" ? "main" : folder.replaceAll("/", ".");
    byFolder.set(name, [...(byFolder.get(name) ?? []), file]);
  }
  return byFolder;
}

function packageLines(name: string, files: readonly FileView[]): string[] {
  const sum = (metric: "lines" | "branches") => ({
    covered: files.reduce((covered, file) => covered + file.figures[metric].covered, 0),
    total: files.reduce((total, file) => total + file.figures[metric].total, 0),
  });
  return [
    `    <package name="${escapeXml(name)}" ${rates(sum("lines"), sum("branches"))} complexity="0">`,
    "      <classes>",
    ...files.flatMap(classLines),
    "      </classes>",
    "    </package>",
  ];
}

function classLines(file: FileView): string[] {
  const name = file.path.slice(file.path.lastIndexOf("/") + 1);
  const { lines, branches } = file.figures;
  const names = `name="${escapeXml(name)}" filename="${escapeXml(file.path)}"`;
  return [
    `        <class ${names} ${rates(lines, branches)} complexity="0">`,
    "          <methods>",
    ...file.functions.map(
      (fn) =>
        `            <method name="${escapeXml(fn.name)}" signature="" line-rate="${fn.hits > 0 ? 1 : 0}" branch-rate="0" complexity="0"><lines><line number="${fn.line}" hits="${fn.hits}"/></lines></method>`,
    ),
    "          </methods>",
    "          <lines>",
    ...lineElements(file),
    "          </lines>",
    "        </class>",
  ];
}

function lineElements(file: FileView): string[] {
  const armsByLine = groupByLine(file.arms);
  return [...file.lineHits]
    .sort(([a], [b]) => a - b)
    .map(([line, hits]) => {
      const arms = armsByLine.get(line);
      if (arms === undefined) return `            <line number="${line}" hits="${hits}" branch="false"/>`;
      const taken = arms.filter((arm) => arm.hits > 0).length;
      const share = `${Math.floor((100 * taken) / arms.length)}% (${taken}/${arms.length})`;
      return `            <line number="${line}" hits="${hits}" branch="true" condition-coverage="${share}"/>`;
    });
}

function groupByLine(arms: readonly ArmView[]): Map<number, ArmView[]> {
  const groups = new Map<number, ArmView[]>();
  for (const arm of arms) groups.set(arm.line, [...(groups.get(arm.line) ?? []), arm]);
  return groups;
}

function rates(lines: Share, branches: Share): string {
  return `line-rate="${rate(lines)}" branch-rate="${rate(branches)}"`;
}

/** Cobertura's readers take 1 for "nothing to cover". */
function rate({ covered, total }: Share): string {
  return total === 0 ? "1" : (Math.floor((10_000 * covered) / total) / 10_000).toString();
}
