/** A bucket through the AWS SDK. Loaded late: the SDK costs 100 ms that a folder does not need. */
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { storeErrorFromS3 } from "./s3-errors.ts";
import type { CoverageStore, PutOptions, StoredObject } from "./store.ts";
import { StoreError } from "./store-error.ts";

/** Tries of one request; the SDK counts the first one in. The spec's "max 3 retries". */
const tries = 3;
/** The SDK's own number of sockets. */
const mostAtOnce = 50;

export interface S3StoreOptions {
  /** Default: the SDK's (environment, profile), else us-east-1 and S3's redirect to the bucket's region. */
  region?: string;
  /** Default: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, then AWS itself. */
  endpoint?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  env?: Record<string, string | undefined>;
}

export async function openS3Store(bucket: string, options: S3StoreOptions = {}): Promise<CoverageStore> {
  return new S3Store(bucket, await createClient(options));
}

async function createClient(options: S3StoreOptions): Promise<S3Client> {
  const env = options.env ?? process.env;
  const endpoint = options.endpoint ?? (env.AWS_ENDPOINT_URL_S3 || env.AWS_ENDPOINT_URL || undefined);
  const config = {
    maxAttempts: tries,
    followRegionRedirects: true,
    ...(options.region !== undefined && { region: options.region }),
    ...(options.credentials !== undefined && { credentials: options.credentials }),
    // Servers behind a custom endpoint rarely answer to bucket.host names.
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
  };
  const client = new S3Client(config);
  const hasRegion = await client.config.region().then(
    () => true,
    () => false,
  );
  if (hasRegion) return client;
  client.destroy();
  return new S3Client({ ...config, region: "us-east-1" });
}

class S3Store implements CoverageStore {
  readonly location: string;
  readonly #bucket: string;
  readonly #client: S3Client;
  #free = mostAtOnce;
  readonly #waiting: (() => void)[] = [];

  constructor(bucket: string, client: S3Client) {
    this.location = `s3://${bucket}`;
    this.#bucket = bucket;
    this.#client = client;
  }

  async *list(prefix: string): AsyncGenerator<StoredObject> {
    let token: string | undefined;
    do {
      const page = await this.#listPage(prefix, token);
      for (const { Key } of page.Contents ?? []) if (Key !== undefined) yield { key: Key };
      token = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  async #listPage(prefix: string, token: string | undefined) {
    try {
      return await this.#client.send(
        new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: prefix, ContinuationToken: token }),
      );
    } catch (error) {
      throw storeErrorFromS3(error, { bucket: this.#bucket, operation: "list", key: prefix });
    }
  }

  /** Waits here for a socket: by AWS_DEFAULTS_MODE the SDK takes 3 s and less of waiting for a host that is down. */
  async get(key: string): Promise<Uint8Array> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await this.#get(key);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }

  /** The SDK retries until the headers are there; a body that breaks off is asked for again here. */
  async #get(key: string): Promise<Uint8Array> {
    for (let tried = 0; ; ) {
      const { body, attempts } = await this.#open(key);
      tried += attempts;
      try {
        return await body.transformToByteArray();
      } catch (error) {
        if (tried >= tries) throw storeErrorFromS3(error, { bucket: this.#bucket, operation: "get", key });
      }
    }
  }

  async #open(key: string) {
    try {
      const { Body, $metadata } = await this.#client.send(
        new GetObjectCommand({ Bucket: this.#bucket, Key: key }),
      );
      if (Body !== undefined) return { body: Body, attempts: $metadata.attempts ?? 1 };
    } catch (error) {
      throw storeErrorFromS3(error, { bucket: this.#bucket, operation: "get", key });
    }
    throw new StoreError("StoreFailed", `${this.location}/${key} came without a body`, {
      location: this.location,
      key,
      remedy: "Is the endpoint an S3 server?",
    });
  }

  async put(key: string, body: Uint8Array, options: PutOptions = {}): Promise<void> {
    try {
      await this.#client.send(
        new PutObjectCommand({
          Bucket: this.#bucket,
          Key: key,
          Body: body,
          ContentType: options.contentType,
          ContentEncoding: options.contentEncoding,
        }),
      );
    } catch (error) {
      throw storeErrorFromS3(error, { bucket: this.#bucket, operation: "put", key });
    }
  }
}
