/**
 * What one signed PUT costs on this machine without any agent: the same bytes, a warm connection, a process
 * that does nothing else. It is taken off the time that the layer holds an environment.
 */
import { Agent, request } from "node:http";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { type LocalS3, monotonicMs } from "../../src/local/index.ts";
import { median } from "../statistics.ts";

const puts = 200;

export async function putRoundTripMs(s3: LocalS3, bucket: string, bytes: number): Promise<number> {
  const signed = await signedPut(s3, bucket, Buffer.alloc(bytes, 1));
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const times: number[] = [];
  for (let n = 0; n < puts; n++) {
    const startedAt = monotonicMs();
    await send(agent, signed);
    times.push(monotonicMs() - startedAt);
  }
  agent.destroy();
  return median(times.slice(puts / 4));
}

interface SignedPut {
  url: URL;
  headers: Record<string, string>;
  body: Buffer;
}

type Middleware = Parameters<S3Client["middlewareStack"]["addRelativeTo"]>[0];

interface SentRequest {
  headers: Record<string, string>;
  path: string;
  query: Record<string, string>;
}

/** Has the SDK sign one request, and stops it before it is sent. */
async function signedPut(s3: LocalS3, bucket: string, body: Buffer): Promise<SignedPut> {
  const { endpoint, region, accessKeyId, secretAccessKey } = s3;
  const client = new S3Client({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
    requestChecksumCalculation: "WHEN_REQUIRED",
  });
  let signed: SignedPut | undefined;
  const capture = (next: (args: never) => Promise<never>) => (args: { request: SentRequest }) => {
    const { headers, path, query } = args.request;
    signed = { url: new URL(`${path}?${new URLSearchParams(query)}`, endpoint), headers, body };
    return next(args as never);
  };
  client.middlewareStack.addRelativeTo(capture as unknown as Middleware, {
    relation: "after",
    toMiddleware: "httpSigningMiddleware",
  });
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: "bench/round-trip", Body: body }));
  client.destroy();
  if (signed === undefined) throw new Error("the SDK signed no request");
  return signed;
}

function send(agent: Agent, { url, headers, body }: SignedPut): Promise<void> {
  return new Promise((resolve, reject) => {
    const put = request(url, { method: "PUT", agent, headers }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`PUT answered ${answer.statusCode}`));
      answer.resume();
      answer.once("end", resolve);
    });
    put.once("error", reject);
    put.end(body);
  });
}
