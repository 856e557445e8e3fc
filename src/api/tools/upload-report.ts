/** Stores what was made locally: a report file, a folder of them, or the report of a merged coverage file. */
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { combine } from "../../combine/index.ts";
import { coverageSuffix } from "../../contract/object-keys.ts";
import { layerVersion } from "../../contract/version.ts";
import { reportInput, writeCombinedToStore } from "../../report/index.ts";
import { openS3Store } from "../../store/s3-store.ts";
import type { CoverageStore } from "../../store/store.ts";
import type { UploadReportOptions } from "../combiner.ts";
import { openLocalFiles } from "./local-files.ts";

export async function uploadReport(options: UploadReportOptions): Promise<string> {
  const store = await openS3Store(options.bucketName);
  if (options.path.endsWith(coverageSuffix)) return uploadReportOf(store, options);
  const key = options.outputKey.replace(/^\/+|\/+$/g, "");
  const isFolder = (await stat(options.path)).isDirectory();
  for (const name of isFolder ? await filesBelow(options.path) : [""]) {
    const file = path.join(options.path, name);
    const target = isFolder ? `${key}/${name.split(path.sep).join("/")}` : key;
    await store.put(target, await readFile(file), { contentType: contentTypeOf(file) });
  }
  return `${store.location}/${key}`;
}

async function uploadReportOf(store: CoverageStore, options: UploadReportOptions): Promise<string> {
  const local = openLocalFiles([options.path]);
  const result = await combine({ store: local.store, prefix: "", keys: local.keys, storeMappings: false });
  const input = reportInput(result, {
    location: options.path,
    generatedAt: new Date(),
    version: layerVersion,
  });
  return writeCombinedToStore(store, options.outputKey, input);
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
}

const contentTypes: Record<string, string> = {
  ".json": "application/json",
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".xml": "application/xml",
};

function contentTypeOf(file: string): string {
  return contentTypes[path.extname(file)] ?? "text/plain; charset=utf-8";
}
