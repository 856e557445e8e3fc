import contract from "./delivery.json" with { type: "json" };

/** CloudWatch metrics that the agent writes and the monitoring construct reads. Dimension: FunctionName. */
export const metricsNamespace = "LambdaCoverage";
export const metricsDimension = "FunctionName";

export const metricUnits = contract.metricUnits;

export type MetricName = keyof typeof metricUnits;
