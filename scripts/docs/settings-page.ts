/** docs/settings.md, from the one table of settings. */

import { defaultExcludePatterns, type SettingRow, settingsTable } from "../../src/contract/settings.ts";
import { settingsDocs } from "../../src/contract/settings-docs.ts";

/** What one line of the table cannot say. */
const notes: Partial<Record<keyof typeof settingsTable, string>> = {
  s3Bucket:
    "Without it the agent writes one warning and does nothing. Tools take the bucket from their `s3://` argument.",
  s3Prefix:
    "A leading slash is dropped, a trailing one added, `.` and `..` are left out. Scripts lie under `coverage-scripts/` whatever the prefix is: one per distinct script of the whole bucket.",
  uploadTimeoutSeconds:
    "After the response the environment is held for at most the smallest of this, 2 seconds, and the time to the function's deadline less 500 ms. What did not get out in that time waits under `/tmp` for a later invocation.",
  includePatterns:
    "Matched against **original** source paths when combining. The agent only records them in the coverage file.",
  excludePatterns:
    "Matched against original source paths when combining; a value replaces the default. The agent itself skips deployed files that a pattern names, which makes coverage files smaller.",
  branchCoverage:
    "Read where the report is made: in the combiner function, and on the command line (`--no-branches`). A Python function with `false` measures lines only; the Node.js agent counts blocks in any case.",
  collector:
    "`probes` never falls back to V8: a package without probed copies, or with copies that do not fit, runs bare with one line in its log. See [how probes work](how-probes-work.md).",
  granularity:
    "`function` says which functions ran and nothing about the code inside them: statements and branches come out as unknown. `block` costs CPU-bound code up to twice its time, see [performance](performance.md#code-that-computes).",
  exactWindows:
    "V8 drops functions from later snapshots whose calls all ran in optimised code; the layer sets three of its flags after the first snapshot, so that every later one is whole (Node.js 22, 24 and 26; block granularity). They are the process's: computing threads of your own would be slowed, so the layer leaves the flags alone where such a thread was started, and takes them back when one starts. With `false`, or without the flags, code that a later window does not show is reported as unknown there, never as never run.",
  stacks:
    "Probes shift columns, never lines: on a minified bundle, all of one line, every stack then points elsewhere. With `true` the layer switches Node.js's source maps on and gives each probed copy a map back to its original, which makes errors dearer and words some frames otherwise. A function that runs with `--enable-source-maps` gets maps to its own sources in any case.",
  sampleRate:
    "The exec wrapper throws the dice once per execution environment, before Node.js starts: the others run entirely bare.",
  upload:
    "`new` takes a snapshot after each invocation and stores it only where it shows something that this environment has not stored yet: hit counts are then lower bounds, what is covered stays the same.",
  uploadSources:
    "With `false` coverage files name scripts by their hash; `lambda-coverage combine --scripts <dir>` finds them in your build output.",
  healthCheckPath:
    "Answers GET and HEAD of exactly this path for API Gateway (REST and HTTP API), Application Load Balancer and function URLs, also streamed ones, without running your code. Needs the exec wrapper or `coverageHandler`.",
  metrics:
    "Namespace `LambdaCoverage`, dimension `FunctionName`: FilesStored, FilesFailed, FilesPending, UploadTime, FileSize, SnapshotTime, InitTimeAdded, MemoryUsed. `CoverageMonitoring` switches it on.",
  debug: "Stack traces are written with DEBUG only.",
  enabled:
    "The wrapper then `exec`s the runtime untouched; `coverageHandler` returns your handler's own calls unwatched.",
};

const variablesOfOthers: [name: string, meaning: string][] = [
  ["AWS_REGION", "the function's region; the bucket's own is learnt from S3 where it differs"],
  ["AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL", "another S3 endpoint, used path-style"],
  ["AWS_USE_FIPS_ENDPOINT, AWS_USE_DUALSTACK_ENDPOINT", "`true`: S3's FIPS or dual-stack endpoints"],
  [
    "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN",
    "the role's credentials, set by Lambda, read anew for each upload",
  ],
  ["AWS_LAMBDA_EXEC_WRAPPER", "`/opt/coverage-wrapper`: coverage without a change to your code"],
  ["COVERAGE_NEXT_WRAPPER", "path of another exec wrapper, started after ours"],
];

export function settingsPage(): string {
  const rows = Object.entries(settingsTable) as [keyof typeof settingsTable, SettingRow<unknown>][];
  return [
    "<!-- Made by `npm run docs:generate` from src/contract/settings.ts. Do not edit. -->",
    "",
    "# Settings",
    "",
    "[How it works](how-it-works.md) · next: [errors](errors.md)",
    "",
    "All settings are environment variables of the function; [`CoverageConfig`](../src/api/coverage-config.ts) and the",
    "CDK props have the same ones by the names in the last column.",
    "",
    "| variable | default | allowed | meaning | in code |",
    "|---|---|---|---|---|",
    ...rows.map(([name, row]) => tableRow(name, row)),
    "",
    "A bad value never stops a function: the agent writes one warning that names the variable, the value and what is",
    "allowed, and takes the default. The tools stop with the same words. A `COVERAGE_` variable that is no setting is",
    "warned about with the nearest name; an empty value counts as unset.",
    "",
    "## More about each",
    "",
    ...rows.flatMap(([name, row]) =>
      notes[name] === undefined ? [] : [`**${row.env}.** ${notes[name]}`, ""],
    ),
    "## Variables of AWS and of the wrapper",
    "",
    "| variable | meaning |",
    "|---|---|",
    ...variablesOfOthers.map(([names, meaning]) => `| ${codes(names)} | ${meaning} |`),
    "",
  ].join("\n");
}

function tableRow(name: keyof typeof settingsTable, row: SettingRow<unknown>): string {
  const inCode = name === "uploadTimeoutSeconds" ? "uploadTimeout" : name;
  const cells = [
    `\`${row.env}\``,
    defaultText(name, row.default),
    row.parser.allowed,
    settingsDocs[name],
    `\`${inCode}\``,
  ];
  return `| ${cells.join(" | ")} |`;
}

function defaultText(name: string, value: unknown): string {
  if (name === "s3Bucket") return "required";
  if (name === "includePatterns") return "all";
  if (name === "excludePatterns") return codes(defaultExcludePatterns.join(", "));
  return value === undefined ? "unset" : `\`${value}\``;
}

function codes(names: string): string {
  return names
    .split(", ")
    .map((name) => `\`${name}\``)
    .join(", ");
}
