import { Names } from "aws-cdk-lib";
import { type ILogGroup, QueryDefinition, QueryString } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";

interface SavedQuery {
  id: string;
  name: string;
  query: ConstructorParameters<typeof QueryString>[0];
}

const ours = 'source = "lambda-coverage"';

/** Over all functions' log groups: the layer writes one JSON object a line, whose fields are the columns here. */
const savedQueries: SavedQuery[] = [
  {
    id: "Problems",
    name: "problems by function",
    query: {
      filterStatements: [ours, 'level in ["ERROR", "WARNING"]'],
      statsStatements: ["count(*) as lines, latest(message) as last by @log, level, error_type"],
      sort: "lines desc",
    },
  },
  {
    id: "UploadTime",
    name: "upload time and size by function",
    query: {
      filterStatements: [ours, "ispresent(upload_time_ms)"],
      statsStatements: [
        "count(*) as uploads, pct(upload_time_ms, 50) as p50, pct(upload_time_ms, 95) as p95, avg(file_size) as bytes by @log",
      ],
      sort: "p95 desc",
    },
  },
  {
    id: "LastUploads",
    name: "last uploads",
    query: {
      fields: ["@timestamp", "@log", "s3_key", "file_size", "upload_time_ms"],
      filterStatements: [ours, "ispresent(s3_key)"],
      sort: "@timestamp desc",
      limit: 100,
    },
  },
];

/** Saves the queries under `lambda-coverage/` in Logs Insights. */
export function saveQueries(scope: Construct, logGroups: ILogGroup[]): void {
  const stack = Names.uniqueResourceName(scope, { maxLength: 60, separator: "-" });
  for (const { id, name, query } of savedQueries) {
    new QueryDefinition(scope, `Query${id}`, {
      queryDefinitionName: `lambda-coverage/${stack}/${name}`,
      queryString: new QueryString(query),
      ...(logGroups.length === 0 ? {} : { logGroups }),
    });
  }
}
