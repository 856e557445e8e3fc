import { Duration } from "aws-cdk-lib";
import { EventField, Rule, RuleTargetInput, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction as FunctionTarget } from "aws-cdk-lib/aws-events-targets";
import { Code, type ILayerVersion, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { type ILogGroup, LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { coverageSuffix, sumsFolder } from "../contract/object-keys.ts";
import { settingsTable } from "../contract/settings.ts";
import { coveragePrefix } from "./bucket-keys.ts";
import type { AnyBucket } from "./coverage-bucket.ts";
import { CoverageLayer } from "./coverage-layer.ts";
import { functionRole } from "./function-role.ts";
import { grantCombine } from "./grants.ts";

/** `schedule`: by time; `s3`: after each coverage file (small volumes); `manual`: only when invoked. */
export type CombinerTrigger = "schedule" | "s3" | "manual";

export interface CoverageCombinerProps {
  /** Where coverage files lie and the report goes. */
  bucket: AnyBucket;
  /** Prefix to combine. Default `coverage/`. */
  prefix?: string;
  /** Key of the combined report. Default: a new one under `{prefix}combined/` each time. */
  outputKey?: string;
  /** Further key prefixes that the combiner may write when it is invoked with an `output_key` there. */
  outputPrefixes?: string[];
  /** What starts it. Default `schedule`. */
  trigger?: CombinerTrigger;
  /** Default: once a day, at 00:30 UTC. */
  schedule?: Schedule;
  /** Own code in place of the layer's combiner, for example to send the result on. Default: `coverageCombinerHandler`. */
  code?: Code;
  /** The handler in `code`. Default `index.handler`. */
  handler?: string;
  /** The layer that holds the combiner. Default: the stack's `CoverageLayer`. */
  layer?: ILayerVersion;
  /** Default 1024. */
  memorySize?: number;
  /** Default 15 minutes. */
  timeout?: Duration;
}

/** A function that combines the coverage files under a prefix into reports in the same bucket. */
export class CoverageCombiner extends Construct {
  readonly function: LambdaFunction;
  readonly logGroup: ILogGroup;
  /** What starts it; undefined when `manual`. */
  readonly rule: Rule | undefined;

  constructor(scope: Construct, id: string, props: CoverageCombinerProps) {
    super(scope, id);
    const prefix = coveragePrefix(props.prefix);
    this.logGroup = new LogGroup(this, "Logs", { retention: RetentionDays.ONE_MONTH });
    this.function = new LambdaFunction(this, "Function", {
      runtime: Runtime.NODEJS_24_X,
      code: props.code ?? Code.fromInline(combinerCode),
      handler: props.handler ?? "index.handler",
      layers: [props.layer ?? CoverageLayer.of(this, "nodejs")],
      memorySize: props.memorySize ?? 1024,
      timeout: props.timeout ?? Duration.minutes(15),
      role: functionRole(this, "Role", this.logGroup),
      logGroup: this.logGroup,
      environment: {
        [settingsTable.s3Bucket.env]: props.bucket.bucketName,
        [settingsTable.s3Prefix.env]: prefix,
        // It takes the package from the layer; its own code is not to be counted.
        [settingsTable.enabled.env]: "false",
      },
      description: "Combines Lambda coverage files into reports",
    });
    grantCombine(this.function, props.bucket, prefix, outputPrefixes(prefix, props));
    this.rule = this.startedBy(props, prefix);
  }

  private startedBy(props: CoverageCombinerProps, prefix: string): Rule | undefined {
    const trigger = props.trigger ?? "schedule";
    if (trigger === "manual") return undefined;
    const event = RuleTargetInput.fromObject({
      bucket: props.bucket.bucketName,
      prefix,
      time: EventField.time,
      ...(props.outputKey === undefined ? {} : { output_key: props.outputKey }),
    });
    const targets = [new FunctionTarget(this.function, { event, retryAttempts: 2 })];
    if (trigger === "s3") {
      const detail = {
        bucket: { name: [props.bucket.bucketName] },
        // The 2 of the year's folder keeps out the combiner's own sums, which would start it again.
        object: { key: [{ wildcard: `${prefix}2*${coverageSuffix}` }] },
      };
      const eventPattern = { source: ["aws.s3"], detailType: ["Object Created"], detail };
      return new Rule(this, "Rule", { eventPattern, targets });
    }
    return new Rule(this, "Rule", {
      schedule: props.schedule ?? Schedule.cron({ minute: "30", hour: "0" }),
      targets,
    });
  }
}

/** The function's own code is one line: the combiner is part of the layer. */
const combinerCode = `exports.handler = (event, context) => require("lambda-coverage-layer").coverageCombinerHandler(event, context);
`;

function outputPrefixes(prefix: string, props: CoverageCombinerProps): string[] {
  const own = `${prefix}combined`;
  const sums = `${prefix}${sumsFolder}`;
  const key = props.outputKey === undefined || props.outputKey.startsWith(own) ? [] : [stem(props.outputKey)];
  return [own, sums, ...key, ...(props.outputPrefixes ?? [])];
}

/** Reports beside the JSON lie in a folder of its stem. */
function stem(key: string): string {
  return key.replace(/\.json$/, "");
}
