import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { ShopError } from "./errors.ts";

/** JSON documents in a bucket: one object each. Enough for a demo shop; a real one would take a database. */
const s3 = new S3Client({ maxAttempts: 3 });

function bucket(): string {
  const name = process.env.ORDERS_BUCKET;
  if (!name) throw new ShopError(503, "not_configured", "ORDERS_BUCKET is not set.");
  return name;
}

export async function readDocument<T>(key: string): Promise<T | undefined> {
  try {
    const object = await s3.send(new GetObjectCommand({ Bucket: bucket(), Key: key }));
    return JSON.parse((await object.Body?.transformToString()) ?? "null") as T;
  } catch (error) {
    // Without s3:ListBucket a missing key answers 403.
    if (error instanceof NoSuchKey || (error as Error).name === "AccessDenied") return undefined;
    throw error;
  }
}

export async function writeDocument(key: string, value: unknown): Promise<void> {
  await s3.send(
    new PutObjectCommand({
      Bucket: bucket(),
      Key: key,
      Body: JSON.stringify(value),
      ContentType: "application/json",
    }),
  );
}

/** Writes unless the key exists; false where it did. */
export async function createDocument(key: string, value: unknown): Promise<boolean> {
  try {
    await s3.send(
      new PutObjectCommand({
        Bucket: bucket(),
        Key: key,
        Body: JSON.stringify(value),
        ContentType: "application/json",
        IfNoneMatch: "*",
      }),
    );
    return true;
  } catch (error) {
    if ((error as Error).name === "PreconditionFailed") return false;
    throw error;
  }
}
