import { PutObjectCommand, S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Environment, hostHeader, redirectedEndpoint, resolveEndpoint } from "./endpoint.ts";
import { encodeKey } from "./sigv4.ts";

interface SeenRequest {
  protocol: string;
  hostname: string;
  port?: number;
  path: string;
}

/** Where the AWS SDK would send this put. */
async function sdkTarget(bucket: string, key: string, config: S3ClientConfig): Promise<string> {
  let seen: SeenRequest | undefined;
  const client = new S3Client({
    credentials: { accessKeyId: "AKID", secretAccessKey: "secret" },
    requestHandler: {
      handle: async (request: SeenRequest) => {
        seen = request;
        throw new Error("seen");
      },
    },
    maxAttempts: 1,
    ...config,
  } as S3ClientConfig);
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: "x" })).catch((error: Error) => {
    if (error.message !== "seen") throw error;
  });
  if (seen === undefined) throw new Error("the SDK sent nothing");
  return `${seen.protocol}//${seen.hostname}${seen.port ? `:${seen.port}` : ""}${seen.path}`;
}

function ourTarget(bucket: string, key: string, region: string, env: Environment): string {
  const endpoint = resolveEndpoint(bucket, region, env);
  return `${endpoint.protocol}//${hostHeader(endpoint)}${endpoint.pathPrefix}${encodeKey(key)}`;
}

const regions = [
  "us-east-1",
  "eu-west-1",
  "cn-northwest-1",
  "us-gov-west-1",
  "us-iso-east-1",
  "eusc-de-east-1",
];

describe("the same target as the AWS SDK", () => {
  const cases = regions.flatMap((region) =>
    ["my-bucket", "my.dotted.bucket"].flatMap((bucket) =>
      [false, true].flatMap((fips) =>
        [false, true].map((dualstack) => ({ region, bucket, fips, dualstack })),
      ),
    ),
  );
  // The SDK refuses what these partitions do not offer; ours then names a host that does not resolve.
  const offered = cases.filter(
    ({ region, fips, dualstack }) =>
      !(fips && /^(cn|eusc)-/.test(region)) && !(dualstack && /^us-iso/.test(region)),
  );
  test.each(offered)("$bucket in $region, FIPS $fips, dual-stack $dualstack", async (row) => {
    const expected = await sdkTarget(row.bucket, "coverage/a b.coverage", {
      region: row.region,
      useFipsEndpoint: row.fips,
      useDualstackEndpoint: row.dualstack,
    });
    const env = {
      AWS_USE_FIPS_ENDPOINT: String(row.fips),
      AWS_USE_DUALSTACK_ENDPOINT: String(row.dualstack),
    };
    expect(ourTarget(row.bucket, "coverage/a b.coverage", row.region, env)).toBe(
      expected.replace("?x-id=PutObject", ""),
    );
  });

  test("any key, on a custom endpoint with a path of its own", async () => {
    const key = fc
      .string({ unit: "grapheme", minLength: 1 })
      .filter((text) => !/(^|\/)\.{0,2}(\/|$)/.test(text));
    await fc.assert(
      fc.asyncProperty(key, async (text) => {
        const endpoint = "http://localhost:4566/base";
        const expected = await sdkTarget("my-bucket", text, {
          region: "us-east-1",
          endpoint,
          forcePathStyle: true,
        });
        expect(ourTarget("my-bucket", text, "us-east-1", { AWS_ENDPOINT_URL_S3: endpoint })).toBe(expected);
      }),
      { numRuns: 50 },
    );
  });
});

describe("custom endpoints", () => {
  test("the service's own variable wins, and both can be ignored", () => {
    const env = { AWS_ENDPOINT_URL: "http://all:1", AWS_ENDPOINT_URL_S3: "http://s3:2" };
    expect(resolveEndpoint("b-b", "us-east-1", env).hostname).toBe("s3");
    expect(resolveEndpoint("b-b", "us-east-1", { AWS_ENDPOINT_URL: "http://all:1" }).hostname).toBe("all");
    expect(
      resolveEndpoint("b-b", "us-east-1", { ...env, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" }).custom,
    ).toBe(false);
  });
});

describe("redirects", () => {
  const regional = resolveEndpoint("my-bucket", "us-east-1", {});
  test("lead to the bucket's own region within AWS", () => {
    const to = redirectedEndpoint(regional, "https://my-bucket.s3.eu-west-1.amazonaws.com/coverage/x");
    expect(to).toMatchObject({ hostname: "my-bucket.s3.eu-west-1.amazonaws.com", pathPrefix: "/" });
  });
  test.each([
    "https://evil.example/x",
    "http://my-bucket.s3.eu-west-1.amazonaws.com/x",
    "https://amazonaws.com.evil.example/x",
    "https://",
  ])("never to %s", (location) => expect(redirectedEndpoint(regional, location)).toBeUndefined());
});
