/** What `probe` says: a table of packages, then what was left out and why, then what to think of. */
import pc from "picocolors";
import { lambdaLimits, type ProbedPackage, type ProbeReport } from "../probe-package/index.ts";
import { plainTable } from "../release/plain-table.ts";
import { plural } from "../report/from-combine.ts";
import { visibleText } from "../report/visible-text.ts";
import { formatBytes } from "./progress.ts";
import type { Output } from "./terminal.ts";

export interface CheckedPackage {
  package: string;
  files: number;
  differences: string[];
}

type Probed = Pick<ProbedPackage, "report"> & { path: string };
type Colours = ReturnType<typeof pc.createColors>;

/** Listed of each kind; the rest is counted, and in `--json`. */
const mostItems = 10;

export interface ProbeTextOptions {
  /** Something sees to it that stacks of minified code lead to the right places. */
  isMended: boolean;
  out: Output;
}

export function probeText(probed: readonly Probed[], { isMended, out }: ProbeTextOptions): string {
  const colours = pc.createColors(out.colour);
  const parts = [
    sizeTable(probed),
    ...probed.flatMap(({ path, report }) => leftOut(path, report, colours)),
    ...(isMended ? [] : minifiedWarning(probed, colours)),
    ...probed.flatMap(({ path, report }) => largeZip(path, report, colours)),
  ];
  return `${parts.join("\n\n")}\n`;
}

const limit = (bytes: number) => `${bytes / 1024 / 1024} MB`;

function sizeTable(probed: readonly Probed[]): string {
  const head = [
    "package",
    "files",
    "probes",
    `unpacked (Lambda: ${limit(lambdaLimits.unzippedBytes)})`,
    `zipped (Lambda: ${limit(lambdaLimits.zippedBytes)} without S3)`,
  ];
  const table = plainTable(head);
  for (const { path, report } of probed) {
    const { unzipped, zipped, zippedProbes } = report.sizes;
    table.push([
      visibleText(path),
      report.files.toLocaleString("en-US"),
      report.probes.toLocaleString("en-US"),
      `${formatBytes(unzipped.before)} → ${formatBytes(unzipped.after)}`,
      zipped === undefined
        ? `about ${formatBytes(zippedProbes)} more`
        : `${formatBytes(zipped.before)} → ${formatBytes(zipped.after)}`,
    ]);
  }
  return table.toString();
}

function leftOut(
  path: string,
  { notProbed, unprobedCode, excluded }: ProbeReport,
  colours: Colours,
): string[] {
  const parts: string[] = [];
  if (notProbed.length > 0) {
    const title = `${plural(notProbed.length, "file")} of ${path} without a copy: unknown in reports`;
    const items = notProbed.map(
      ({ message, remedy, code }) => `${message} ${colours.dim(`[${code}]`)}\n      ${remedy}`,
    );
    parts.push(listed(title, items, colours));
  }
  if (unprobedCode.length > 0) {
    const title = `${plural(unprobedCode.length, "function")} of ${path} without probes: unknown in reports`;
    const items = unprobedCode.map((code) => `${code.path}:${code.line}  ${reasons[code.reason]}`);
    parts.push(listed(title, items, colours));
  }
  if (excluded > 0) parts.push(`${plural(excluded, "file")} of ${path} left out by pattern.`);
  return parts;
}

const reasons: Record<ProbeReport["unprobedCode"][number]["reason"], string> = {
  "travels-as-text": "its text is read or sent elsewhere",
  "keep-source": "--keep-source names it",
  "with-statement": "it uses `with`",
  "computed-field-name": "its name is computed",
};

function listed(title: string, items: readonly string[], colours: Colours): string {
  const shown = items
    .slice(0, mostItems)
    .map((item) => `  - ${item.split("\n").map(visibleText).join("\n")}`);
  const more = items.length > mostItems ? [`  - ${items.length - mostItems} more: --json lists all`] : [];
  return [colours.bold(title), ...shown, ...more].join("\n");
}

function minifiedWarning(probed: readonly Probed[], colours: Colours): string[] {
  const minified = probed.flatMap(({ report }) => report.minified);
  if (minified.length === 0) return [];
  const what =
    minified.length === 1 ? `${visibleText(minified[0] as string)} is` : `${minified.length} files are`;
  return [
    `${colours.yellow("!")} ${what} minified: a copy's columns are not the original's, so stacks in Sentry and CloudWatch would lead to wrong places.\n  Set COVERAGE_STACKS=true on the function (Node.js then maps stacks back), or probe with --maps <dir> and upload what it writes.`,
  ];
}

function largeZip(path: string, { sizes: { zipped } }: ProbeReport, colours: Colours): string[] {
  const most = lambdaLimits.zippedBytes;
  if (zipped === undefined || zipped.after <= most || zipped.before > most) return [];
  return [
    `${colours.yellow("!")} ${visibleText(path)} is now larger than ${limit(most)} zipped: deploy it by way of S3, or probe less by --exclude.`,
  ];
}

export function checkText(checked: readonly CheckedPackage[], out: Output): string {
  const colours = pc.createColors(out.colour);
  return checked
    .map(({ package: path, files, differences }) => {
      if (differences.length === 0) {
        return `${colours.green("✓")} ${visibleText(path)}: the probes of ${plural(files, "file")} are what probing makes\n`;
      }
      const title = `${colours.red("✗")} ${visibleText(path)}: its probes are not what probing it makes`;
      const remedy = "  Probe it again with the same options: lambda-coverage probe";
      return `${listed(title, differences, colours)}\n${remedy} ${visibleText(path)}\n`;
    })
    .join("");
}
