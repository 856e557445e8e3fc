/**
 * Objects as plain files, `<directory>/<bucket>/<key>`, so that people and the tools can read them as a
 * folder; what is not the body lies in `<directory>/.s3/<bucket>/<key>.json`.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { S3Error } from "./errors.ts";
import type { StoredObject } from "./objects.ts";

const sidecars = ".s3";

export class ObjectFiles {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(join(directory, sidecars), { recursive: true });
  }

  *load(): Generator<{ bucket: string; object: StoredObject }> {
    for (const bucket of readdirSync(join(this.#directory, sidecars))) {
      for (const path of readdirSync(join(this.#directory, sidecars, bucket), { recursive: true })) {
        const sidecar = join(this.#directory, sidecars, bucket, String(path));
        if (!sidecar.endsWith(".json") || !statSync(sidecar).isFile()) continue;
        const rest = JSON.parse(readFileSync(sidecar, "utf8")) as Omit<StoredObject, "body">;
        yield { bucket, object: { ...rest, body: readFileSync(this.#bodyPath(bucket, rest.key)) } };
      }
    }
  }

  createBucket(bucket: string): void {
    mkdirSync(join(this.#directory, bucket), { recursive: true });
    mkdirSync(join(this.#directory, sidecars, bucket), { recursive: true });
  }

  deleteBucket(bucket: string): void {
    rmSync(join(this.#directory, bucket), { recursive: true, force: true });
    rmSync(join(this.#directory, sidecars, bucket), { recursive: true, force: true });
  }

  put(bucket: string, object: StoredObject): void {
    const { body, ...rest } = object;
    this.#write(this.#bodyPath(bucket, object.key), body);
    this.#write(this.#sidecarPath(bucket, object.key), JSON.stringify(rest));
  }

  delete(bucket: string, key: string): void {
    rmSync(this.#bodyPath(bucket, key), { force: true });
    rmSync(this.#sidecarPath(bucket, key), { force: true });
  }

  #write(path: string, data: string | Uint8Array): void {
    try {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, data);
    } catch (error) {
      throw new S3Error("InvalidRequest", { message: `The directory cannot hold this key: ${error}` });
    }
  }

  #bodyPath(bucket: string, key: string): string {
    return join(this.#directory, bucket, ...key.split("/").map(fileName));
  }

  #sidecarPath(bucket: string, key: string): string {
    return join(this.#directory, sidecars, bucket, ...`${key}.json`.split("/").map(fileName));
  }
}

/** A part of a key that is no file name (empty, dots, NUL) in a form that is one. */
function fileName(part: string): string {
  if (part === "") return "%2F";
  if (part === "." || part === "..") return part.replaceAll(".", "%2E");
  return part.replaceAll("\0", "%00");
}
