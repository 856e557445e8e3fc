import { readSettings, settingsTable } from "../contract/settings.ts";
import { fittingProbes, type PackageFiles } from "../probe-package/index.ts";
import { type Finding, fine, problem, warning } from "./finding.ts";
import { type FunctionFacts, known } from "./function-facts.ts";

const again = "Run lambda-coverage probe as the last step before the package is deployed.";

/** Which collector will count in a Node.js function, and whether its probed copies fit its files. */
export function checkProbes(
  { environment }: Pick<FunctionFacts, "environment">,
  files: PackageFiles,
): Finding[] {
  const { collector } = readSettings(known(environment)).settings;
  const found = fittingProbes(files);
  if (found === undefined) return [collector === "probes" ? nothingCounts("holds no probed copies") : byV8];
  if (collector === "v8") {
    return [
      fine("collector", `V8 counts: ${settingsTable.collector.env} is v8, the probed copies are not used`),
    ];
  }
  if ("problem" in found) {
    if (collector === "probes") return [nothingCounts(`has copies that cannot be used: ${found.problem}`)];
    return [warning("BadProbes", `V8 counts, since the copies cannot be used: ${found.problem}.`, again)];
  }
  const { fitting, stale, damaged, withoutCopy } = found;
  const others = withoutCopy.length === 0 ? "" : `; without a copy: ${named(withoutCopy)}`;
  const findings = [fine("probes", `${inFiles(fitting.length)} probed, and the copies fit${others}`)];
  if (stale.length > 0) findings.push(unfit(stale, "changed after they were probed"));
  if (damaged.length > 0) findings.push(unfit(damaged, "have a copy or plan that is damaged"));
  return findings;
}

const byV8 = fine("collector", "V8 counts: the package holds no probed copies");

function nothingCounts(why: string): Finding {
  const variable = settingsTable.collector.env;
  const message = `${variable} is probes, but the package ${why}: nothing counts.`;
  return problem("NoProbes", message, `${again} Or set ${variable}=auto.`);
}

function unfit(paths: readonly string[], why: string): Finding {
  const message = `${inFiles(paths.length)} ${why}, so they run without probes and their coverage is unknown: ${named(paths)}.`;
  return warning("StaleCopy", message, again);
}

const inFiles = (count: number) => (count === 1 ? "1 file" : `${count} files`);

/** Enough to know where to look. */
const mostNames = 5;

function named(paths: readonly string[]): string {
  const more = paths.length > mostNames ? ` and ${paths.length - mostNames} more` : "";
  return `${paths.slice(0, mostNames).join(", ")}${more}`;
}
