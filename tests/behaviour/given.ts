/**
 * What a run of the suite is given from outside; nothing of it is set in an ordinary run.
 *
 * - LAMBDA_COVERAGE_TEST_S3_ENDPOINT, with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION: coverage goes to
 *   this server instead of ours. What it cannot do is named in other-server.ts.
 * - LAMBDA_COVERAGE_TEST_RUNTIMES: rows instead of the managed ones, e.g. `nodejs24.x` or `nodejs22.x:4`, where
 *   the number is the line of the runtime client; comma-separated.
 * - LAMBDA_COVERAGE_TEST_TRANSPORT: `own` or `addon` instead of what is there.
 */
import { randomBytes } from "node:crypto";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import type {
  ClientLine,
  LocalLambdaOptions,
  LocalS3,
  NodeRuntime,
  S3Endpoint,
} from "../../src/local/index.ts";

/** A managed runtime and the line of the client that it has. */
export interface RuntimeRow {
  runtime: NodeRuntime;
  client: ClientLine;
}

const { env } = process;

const managed: RuntimeRow[] = [
  { runtime: "nodejs22.x", client: 3 },
  { runtime: "nodejs24.x", client: 4 },
];

export const runtimes: RuntimeRow[] = givenRows(env.LAMBDA_COVERAGE_TEST_RUNTIMES) ?? managed;

export const transport = (env.LAMBDA_COVERAGE_TEST_TRANSPORT ?? "auto") as NonNullable<
  LocalLambdaOptions["transport"]
>;

const otherEndpoint = env.LAMBDA_COVERAGE_TEST_S3_ENDPOINT;

/** On a server that outlives the test file, a bucket of its own keeps what others stored out of sight. */
export const bucket =
  otherEndpoint === undefined ? "coverage-bucket" : `coverage-${randomBytes(6).toString("hex")}`;

function givenRows(text: string | undefined): RuntimeRow[] | undefined {
  return text?.split(",").map((word) => {
    const [runtime, line] = word.trim().split(":");
    const row = managed.find((candidate) => candidate.runtime === runtime);
    if (row === undefined || !["3", "4", undefined].includes(line)) {
      throw new Error(`LAMBDA_COVERAGE_TEST_RUNTIMES: no row ${word}; e.g. nodejs24.x or nodejs22.x:4`);
    }
    return line === undefined ? row : { ...row, client: Number(line) as ClientLine };
  });
}

/** The given server as tests see ours: it takes resets, and says so where a test asks it for a fault. */
export async function otherServer(): Promise<LocalS3 | undefined> {
  if (otherEndpoint === undefined) return undefined;
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: region } = env;
  if (!accessKeyId || !secretAccessKey) {
    throw new Error(
      "LAMBDA_COVERAGE_TEST_S3_ENDPOINT takes AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, too",
    );
  }
  const server = { endpoint: otherEndpoint, region: region ?? "us-east-1", accessKeyId, secretAccessKey };
  await createBucket(server);
  const reset = async (asked?: unknown): Promise<void> => {
    if (asked !== undefined) refuse();
  };
  return {
    ...server,
    otherEndpoint: "",
    otherRegion: "",
    pid: 0,
    requests: refuse,
    clearRequests: refuse,
    setFaults: reset,
    setPolicy: reset,
    setAccessKeys: refuse,
    setClockOffset: refuse,
    stop: async () => {},
  };
}

function refuse(): never {
  throw new Error("only our own server does this: name the test in tests/behaviour/other-server.ts");
}

async function createBucket({ endpoint, region, accessKeyId, secretAccessKey }: S3Endpoint): Promise<void> {
  const credentials = { accessKeyId, secretAccessKey };
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  // A test file may start more hosts than one.
  await client.send(new CreateBucketCommand({ Bucket: bucket })).catch((error: Error) => {
    if (error.name !== "BucketAlreadyOwnedByYou") throw error;
  });
  client.destroy();
}
