import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import delivery from "../../src/contract/delivery.json" with { type: "json" };
import { anchorsOf } from "./links.ts";
import type { Finding } from "./pages.ts";

const page = "docs/errors.md";
/** Where errors and log lines that people see are made. */
const folders = [
  "src/agent",
  "src/api",
  "src/store",
  "src/combine",
  "src/cli",
  "src/load-test",
  "src/release",
  "src/local/lambda",
  "src/doctor",
  "src/report",
  "src/cdk",
];

/** Those that both agents have a remedy for. */
const deliveryCodes = [...Object.keys(delivery.remedies), ...delivery.networkCodes];

/** Every code that the sources give to an error or a log line has a place on the errors page. */
export function errorCodeFindings(root: string): Finding[] {
  const anchors = anchorsOf(readFileSync(join(root, page), "utf8"));
  return [...errorCodes(root)]
    .filter(([code]) => !anchors.has(code))
    .map(([code, path]) => ({ path, line: 1, message: `the error code ${code} has no place in ${page}` }));
}

/** Code → the file that makes it. */
export function errorCodes(root: string): Map<string, string> {
  const codes = new Map<string, string>(deliveryCodes.map((code) => [code, "src/contract/delivery.json"]));
  for (const folder of folders) {
    for (const name of readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).sort()) {
      if (!name.endsWith(".ts") || /\.(test|fixture)\.ts$/.test(name)) continue;
      const path = `${folder}/${name}`;
      for (const code of codesIn(readFileSync(join(root, path), "utf8"))) {
        if (!codes.has(code)) codes.set(code, path);
      }
    }
  }
  return codes;
}

function codesIn(text: string): string[] {
  const union = /ErrorCode =([^;]*);/.exec(text)?.[1] ?? "";
  const patterns: [string, RegExp][] = [
    [text, /\b(?:error_type|code): "([A-Za-z][\w-]+)"/g],
    [text, /\bnew \w*Error\(\s*"([A-Za-z][\w-]+)"/g],
    [union, /\| "([A-Za-z]\w+)"/g],
  ];
  const codes = patterns.flatMap(([source, pattern]) =>
    [...source.matchAll(pattern)].map((match) => match[1] as string),
  );
  // Plain words are not ours: our codes are CamelCase or have hyphens.
  return codes.filter((code) => /[A-Z-]/.test(code));
}
