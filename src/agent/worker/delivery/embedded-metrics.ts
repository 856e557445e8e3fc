/**
 * Metrics as log lines: CloudWatch's embedded metric format, no call of its own.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
import {
  type MetricName,
  metricsDimension,
  metricsNamespace,
  metricUnits,
} from "../../../contract/metrics.ts";

export function embeddedMetrics(
  functionName: string,
  timestamp: number,
  values: Partial<Record<MetricName, number | undefined>>,
): Record<string, unknown> {
  const present = (Object.keys(metricUnits) as MetricName[]).filter((name) => values[name] !== undefined);
  return {
    _aws: {
      Timestamp: timestamp,
      CloudWatchMetrics: [
        {
          Namespace: metricsNamespace,
          Dimensions: [[metricsDimension]],
          Metrics: present.map((Name) => ({ Name, Unit: metricUnits[Name] })),
        },
      ],
    },
    source: "lambda-coverage",
    [metricsDimension]: functionName,
    ...Object.fromEntries(present.map((name) => [name, values[name]])),
  };
}
