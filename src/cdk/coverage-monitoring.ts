import { AspectPriority, Aspects, type IAspect, Names, Stack } from "aws-cdk-lib";
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IAlarmAction,
  type IMetric,
  TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import type { CfnFunction, Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { FilterPattern, type ILogGroup, MetricFilter } from "aws-cdk-lib/aws-logs";
import { Construct, type IConstruct } from "constructs";
import { type MetricName, metricsNamespace } from "../contract/metrics.ts";
import { settingsTable } from "../contract/settings.ts";
import {
  accountMetric,
  failureRate,
  functionMetric,
  metricByFunction,
  type Statistic,
} from "./coverage-metrics.ts";
import { saveQueries } from "./coverage-queries.ts";
import { isLambdaFunction } from "./unsupported.ts";

export interface CoverageMonitoringProps {
  /**
   * Functions to watch, each with its own alarms. Default: one set of alarms over all functions of the account
   * and region, and metrics switched on for every function of this stack that has coverage.
   */
  functions?: LambdaFunction[];
  /** Log groups for metric filters and saved queries. Default: no filters; the queries ask for log groups. */
  logGroups?: ILogGroup[];
  /** What an alarm does, for example an SNS topic. Default: nothing but the alarm's state. */
  alarmActions?: IAlarmAction[];
  /** Percent of coverage files that could not be stored. Default 5. */
  failureRatePercent?: number;
  /** Milliseconds of an upload. Default 2000. */
  uploadTimeMs?: number;
  /** Milliseconds added to a cold start. Default 500. */
  initTimeAddedMs?: number;
  /** Files that wait under /tmp in one execution environment. Default 8. */
  pendingFiles?: number;
}

/** Alarms, a dashboard, log metric filters and saved Logs Insights queries for coverage; switches metrics on. */
export class CoverageMonitoring extends Construct {
  readonly alarms: Alarm[] = [];
  readonly dashboard: Dashboard;
  private readonly props: CoverageMonitoringProps;

  constructor(scope: Construct, id: string, props: CoverageMonitoringProps = {}) {
    super(scope, id);
    this.props = props;
    if (props.functions === undefined) {
      this.addAlarms("", (metric, statistic) => accountMetric(metric, statistic));
      Aspects.of(Stack.of(this)).add(new MetricsOn(), { priority: AspectPriority.MUTATING + 1 });
    }
    for (const fn of props.functions ?? []) {
      fn.addEnvironment(settingsTable.metrics.env, "true");
      const names: Record<Statistic, string> = { SUM: "Sum", MAX: "Maximum", AVG: "Average" };
      this.addAlarms(Names.nodeUniqueId(fn.node), (metric, statistic) =>
        functionMetric(metric, names[statistic], fn.functionName),
      );
    }
    this.dashboard = this.addDashboard();
    for (const [index, logGroup] of (props.logGroups ?? []).entries()) this.addFilters(logGroup, index + 1);
    saveQueries(this, props.logGroups ?? []);
  }

  private addAlarms(owner: string, metric: (name: MetricName, statistic: Statistic) => IMetric): void {
    const {
      failureRatePercent = 5,
      uploadTimeMs = 2000,
      initTimeAddedMs = 500,
      pendingFiles = 8,
    } = this.props;
    const failed = failureRate(metric("FilesFailed", "SUM"), metric("FilesStored", "SUM"));
    this.addAlarm(`${owner}FailureRate`, failed, failureRatePercent, "Coverage files could not be stored");
    this.addAlarm(
      `${owner}UploadTime`,
      metric("UploadTime", "AVG"),
      uploadTimeMs,
      "Coverage uploads are slow",
    );
    this.addAlarm(
      `${owner}InitTimeAdded`,
      metric("InitTimeAdded", "AVG"),
      initTimeAddedMs,
      "Coverage adds too much to cold starts",
    );
    this.addAlarm(
      `${owner}PendingFiles`,
      metric("FilesPending", "MAX"),
      pendingFiles,
      "Coverage files wait under /tmp",
    );
  }

  private addAlarm(id: string, metric: IMetric, threshold: number, meaning: string): void {
    const alarm = new Alarm(this, id, {
      metric,
      threshold,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: `${meaning}. The function itself is not affected. What to do: docs/troubleshooting.md`,
    });
    alarm.addAlarmAction(...(this.props.alarmActions ?? []));
    this.alarms.push(alarm);
  }

  private addDashboard(): Dashboard {
    const graph = (title: string, names: MetricName[], statistic: string) =>
      new GraphWidget({ title, width: 12, left: names.map((name) => metricByFunction(name, statistic)) });
    return new Dashboard(this, "Dashboard", {
      widgets: [
        [
          graph("Coverage files stored", ["FilesStored"], "Sum"),
          graph("Coverage files failed", ["FilesFailed"], "Sum"),
        ],
        [
          graph("Upload time (ms)", ["UploadTime"], "p90"),
          graph("Cold start added (ms)", ["InitTimeAdded"], "p90"),
        ],
        [
          graph("Files pending", ["FilesPending"], "Maximum"),
          graph("File size (bytes)", ["FileSize"], "Average"),
        ],
        [
          graph("Snapshot time (ms)", ["SnapshotTime"], "p90"),
          graph("Memory used (bytes)", ["MemoryUsed"], "Maximum"),
        ],
      ],
    });
  }

  /** Counts the layer's own warnings and errors, which works without COVERAGE_METRICS too. */
  private addFilters(logGroup: ILogGroup, index: number): void {
    for (const level of ["ERROR", "WARNING"]) {
      new MetricFilter(this, `Log${level}${index}`, {
        logGroup,
        filterPattern: FilterPattern.all(
          FilterPattern.stringValue("$.source", "=", "lambda-coverage"),
          FilterPattern.stringValue("$.level", "=", level),
        ),
        metricNamespace: metricsNamespace,
        metricName: level === "ERROR" ? "LogErrors" : "LogWarnings",
        metricValue: "1",
      });
    }
  }
}

/** Switches the agent's metrics on for each function that has coverage. */
class MetricsOn implements IAspect {
  visit(node: IConstruct): void {
    if (!isLambdaFunction(node)) return;
    const environment = Stack.of(node).resolve((node.node.defaultChild as CfnFunction).environment);
    const names = Object.keys((environment as { variables?: object } | undefined)?.variables ?? {});
    if (names.includes(settingsTable.s3Bucket.env)) node.addEnvironment(settingsTable.metrics.env, "true");
  }
}
