/** One line for each setting: docs page and CDK props. */
import type { Settings } from "./settings.ts";

export const settingsDocs: Record<keyof Settings, string> = {
  s3Bucket: "Bucket that coverage is stored in; required.",
  s3Prefix: "Key prefix of coverage files.",
  uploadTimeoutSeconds: "Seconds for one upload with its retries; the hold budget bounds it further.",
  includePatterns: "Globs of original sources to report; empty means all.",
  excludePatterns: "Globs of original sources to leave out; a value replaces the default.",
  branchCoverage: "Whether the report has branches.",
  logLevel: "Least level of the layer's own log lines.",
  debug: "Same as COVERAGE_LOG_LEVEL=DEBUG, with stack traces.",
  enabled: "false: the wrapper does nothing at all.",
  collector: "auto: probes where the package has probed copies, else V8's own counters.",
  granularity: "function: V8's function counters only, nearly free, for production.",
  exactWindows: "false: V8 may optimise calls away that a later window then does not show: unknown there.",
  stacks: "true: stacks of probed code have the columns of the original.",
  sampleRate: "Share of execution environments that collect; the others run bare.",
  upload: "new: store a snapshot only when it has something this environment has not stored.",
  uploadSources: "false: sources stay home; tools get them by --scripts <dir>.",
  healthCheckPath: "A path, e.g. /health, that the layer answers itself.",
  metrics: "Write metrics in CloudWatch's embedded metric format (custom metrics cost money).",
};
