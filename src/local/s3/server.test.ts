import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { type LocalS3, startLocalS3 } from "../index.ts";

async function withServer<T>(options: Parameters<typeof startLocalS3>[0], use: (s3: LocalS3) => Promise<T>) {
  const s3 = await startLocalS3(options);
  try {
    return await use(s3);
  } finally {
    await s3.stop();
  }
}

const clientOf = ({ endpoint, region, accessKeyId, secretAccessKey }: LocalS3) =>
  new S3Client({ endpoint, region, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } });

test("a directory keeps objects as plain files, over restarts, and never writes beside itself", async () => {
  const folder = mkdtempSync(join(tmpdir(), "s3-directory-"));
  const directory = join(folder, "kept");
  const keys = ["a/b.json", "../../escape", "x//y", "."];
  try {
    await withServer({ buckets: ["bucket"], directory }, async (s3) => {
      for (const Key of keys) {
        const put = { Bucket: "bucket", Key, Body: Key, ContentType: "text/x", Metadata: { key: "kept" } };
        await clientOf(s3).send(new PutObjectCommand(put));
      }
    });
    expect(readFileSync(join(directory, "bucket/a/b.json"), "utf8")).toBe("a/b.json");
    expect(() => readFileSync(join(folder, "escape"))).toThrow(/ENOENT/);
    await withServer({ directory }, async (s3) => {
      for (const Key of keys) {
        const got = await clientOf(s3).send(new GetObjectCommand({ Bucket: "bucket", Key }));
        expect(await got.Body?.transformToString()).toBe(Key);
        expect(got).toMatchObject({ ContentType: "text/x", Metadata: { key: "kept" } });
      }
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("virtual-host style reaches the same objects", async () => {
  await withServer({ buckets: ["bucket"] }, async (s3) => {
    await clientOf(s3).send(new PutObjectCommand({ Bucket: "bucket", Key: "a b/c", Body: "x" }));
    const lookup = (_: string, options: object, done: (...args: unknown[]) => void) =>
      "all" in options && options.all === true
        ? done(null, [{ address: "127.0.0.1", family: 4 }])
        : done(null, "127.0.0.1", 4);
    const { accessKeyId, secretAccessKey, region } = s3;
    const client = new S3Client({
      endpoint: s3.endpoint.replace("127.0.0.1", "localhost"),
      region,
      credentials: { accessKeyId, secretAccessKey },
      requestHandler: { httpAgent: new Agent({ lookup: lookup as never }) },
    });
    await client.send(new HeadObjectCommand({ Bucket: "bucket", Key: "a b/c" }));
    const last = (await s3.requests()).at(-1);
    expect(last).toMatchObject({ operation: "HeadObject", bucket: "bucket", key: "a b/c", status: 200 });
  });
});
