/** CloudWatch metrics that the agent writes and the monitoring construct reads. Dimension: FunctionName. */
export const metricsNamespace = "LambdaCoverage";
export const metricsDimension = "FunctionName";

export const metricUnits = {
  FilesStored: "Count",
  FilesFailed: "Count",
  FilesPending: "Count",
  UploadTime: "Milliseconds",
  FileSize: "Bytes",
  SnapshotTime: "Milliseconds",
  InitTimeAdded: "Milliseconds",
  MemoryUsed: "Bytes",
} as const;

export type MetricName = keyof typeof metricUnits;
