import { combineCoverageFiles, coverageCombinerHandler } from "lambda-coverage-layer";

/** Takes `{ bucket, prefix?, output_key? }`, an EventBridge event or an S3 event. */
export const handler = coverageCombinerHandler;

/** For a schedule: yesterday's coverage files as one report, e.g. `coverage/daily/2026-11-19.json`. */
export async function daily(event: { time: string }) {
  const bucket = process.env.COVERAGE_S3_BUCKET;
  if (bucket === undefined) throw new Error("COVERAGE_S3_BUCKET is not set");
  const day = new Date(new Date(event.time).getTime() - 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
  return combineCoverageFiles({
    bucketName: bucket,
    prefix: `coverage/${day.replaceAll("-", "/")}/`,
    outputKey: `coverage/daily/${day}.json`,
  });
}
