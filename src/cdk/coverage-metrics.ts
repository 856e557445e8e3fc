import { Duration } from "aws-cdk-lib";
import { type IMetric, MathExpression, Metric } from "aws-cdk-lib/aws-cloudwatch";
import { type MetricName, metricsDimension, metricsNamespace } from "../contract/metrics.ts";

export type Statistic = "SUM" | "MAX" | "AVG";

const period = Duration.minutes(5);

/** One of the agent's metrics of one function. */
export function functionMetric(name: MetricName, statistic: string, functionName: string): Metric {
  return new Metric({
    namespace: metricsNamespace,
    metricName: name,
    dimensionsMap: { [metricsDimension]: functionName },
    statistic,
    period,
  });
}

/** One of the agent's metrics over all functions of the account and region, as one series (Metrics Insights). */
export function accountMetric(name: MetricName, statistic: Statistic): MathExpression {
  return new MathExpression({
    expression: `SELECT ${statistic}(${name}) FROM SCHEMA("${metricsNamespace}", ${metricsDimension})`,
    usingMetrics: {},
    label: name,
    period,
  });
}

/** One line for each function, for dashboards; alarms cannot use SEARCH. */
export function metricByFunction(name: MetricName, statistic: string): MathExpression {
  const search = `{${metricsNamespace},${metricsDimension}} MetricName="${name}"`;
  return new MathExpression({
    expression: `SEARCH('${search}', '${statistic}', ${period.toSeconds()})`,
    usingMetrics: {},
    label: "",
    period,
  });
}

/** Share of coverage files that could not be stored, in percent; 0 while nothing is uploaded. */
export function failureRate(failed: IMetric, stored: IMetric): MathExpression {
  return new MathExpression({
    expression:
      "IF(FILL(failed, 0) + FILL(stored, 0) > 0, 100 * FILL(failed, 0) / (FILL(failed, 0) + FILL(stored, 0)), 0)",
    usingMetrics: { failed, stored },
    label: "Coverage files not stored (%)",
    period,
  });
}
