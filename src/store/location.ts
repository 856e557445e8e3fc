/** Where a user points the tools at: `s3://bucket/prefix`, a folder, or one coverage file. */
import { existsSync, statSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { coverageSuffix, scriptsPrefix } from "../contract/object-keys.ts";
import { StoreError } from "./store-error.ts";

export type Location = S3Location | DirectoryLocation;

export interface S3Location {
  kind: "s3";
  bucket: string;
  /** Prefix to list: empty, ending in `/`, a whole key, or the text before a final `*`. */
  prefix: string;
}

export interface DirectoryLocation {
  kind: "directory";
  /** Folder that plays the bucket: the nearest one that holds `coverage-scripts/`, else the named folder. */
  root: string;
  prefix: string;
}

/** Throws a StoreError `InvalidLocation` where the text names nothing that can be opened. */
export function parseLocation(text: string): Location {
  if (text.startsWith("s3://")) return parseS3Location(text);
  if (text.startsWith("file://")) return parseDirectory(fileURLToPath(text));
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(text)) {
    throw invalid(text, `${text} is neither s3://bucket/prefix nor a folder`);
  }
  if (text === "") throw invalid(text, "the location is empty");
  return parseDirectory(text);
}

function parseS3Location(text: string): S3Location {
  const [, bucket, key] = /^s3:\/\/([^/]*)\/*(.*)$/.exec(text) as unknown as [string, string, string];
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    throw invalid(text, `${JSON.stringify(bucket)} is not a bucket name (in ${text})`);
  }
  return { kind: "s3", bucket, prefix: listPrefix(key) };
}

/** What a user types is a folder, unless it names a coverage file or ends in `*`. */
function listPrefix(key: string): string {
  if (key.endsWith("*")) return key.slice(0, -1);
  if (key === "" || key.endsWith("/") || key.endsWith(coverageSuffix)) return key;
  return `${key}/`;
}

function parseDirectory(text: string): DirectoryLocation {
  const glob = text.endsWith("*");
  const full = path.resolve(glob ? `${text.slice(0, -1)}_` : text);
  const folder = glob || isFile(full) ? path.dirname(full) : full;
  // Throws where a folder above may not be looked into: existsSync would say that there is none.
  if (statSync(folder, { throwIfNoEntry: false }) === undefined) {
    throw invalid(text, `there is no folder ${folder}`);
  }
  const root = bucketRoot(folder) ?? folder;
  const inside = path.relative(root, full).split(path.sep).join("/");
  return { kind: "directory", root, prefix: listPrefix(glob ? `${inside.slice(0, -1)}*` : inside) };
}

function bucketRoot(folder: string): string | undefined {
  if (existsSync(path.join(folder, scriptsPrefix))) return folder;
  const parent = path.dirname(folder);
  return parent === folder ? undefined : bucketRoot(parent);
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** Of this machine. */
export function isFolder(location: string): boolean {
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(location)) return false;
  return statSync(location, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function invalid(text: string, message: string): StoreError {
  return new StoreError("InvalidLocation", message, {
    location: text,
    remedy: "Name a bucket as s3://bucket/prefix or an existing folder with the bucket's layout.",
  });
}
