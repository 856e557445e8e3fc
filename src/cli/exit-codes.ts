/** What the command line's exit codes mean: the one table for code, help and docs/cli.md. */
export const exitCodes = {
  ok: { code: 0, meaning: "done" },
  failed: { code: 1, meaning: "it failed: bucket, permissions, network, disk" },
  usage: { code: 2, meaning: "wrong usage: unknown command or option, bad value" },
  belowThreshold: { code: 3, meaning: "coverage is below --fail-under (reports are written)" },
  noCoverage: { code: 4, meaning: "there is no coverage to report: no coverage files, or no code in them" },
  strict: { code: 5, meaning: "--strict: a coverage file could not be used" },
  coverageMissing: { code: 6, meaning: "load-test: an invocation's coverage did not arrive" },
  loadTestFailed: { code: 7, meaning: "load-test: an invocation did not end as its event has it" },
  probesDiffer: { code: 8, meaning: "probe --check: a package's probes are not what probing it makes" },
  interrupted: { code: 130, meaning: "interrupted by Ctrl-C" },
} as const;

export type ExitName = keyof typeof exitCodes;
