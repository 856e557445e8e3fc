/** The combined report in the bucket: the JSON at `output_key`, the other formats in a folder of its stem. */
import type { FormatName } from "./format-names.ts";
import { type FormatInput, reportFiles } from "./formats.ts";
import { checkOutputKey } from "./output-key.ts";
import type { ReportFile } from "./report-file.ts";

/** What of a coverage store is needed here. */
export interface ReportStore {
  readonly location: string;
  put(
    key: string,
    body: Uint8Array,
    options?: { contentType?: string; contentEncoding?: string },
  ): Promise<void>;
}

const contentTypes: Record<string, string> = {
  json: "application/json",
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  xml: "application/xml",
  info: "text/plain; charset=utf-8",
};

const folderFormats: readonly FormatName[] = ["json", "lcov", "cobertura", "html"];

/** Puts at once; S3 is far away and html has a page per file. */
const concurrency = 16;

/**
 * `coverage/combined/daily.json` gets the combined JSON, `coverage/combined/daily/` coverage-final.json,
 * lcov.info, cobertura.xml and html/. The JSON is put last: who sees it finds the rest.
 * Resolves to its location, e.g. `s3://bucket/coverage/combined/daily.json`. Rejects with the store's errors.
 */
export async function writeCombinedToStore(
  store: ReportStore,
  outputKey: string,
  input: FormatInput,
): Promise<string> {
  const key = checkOutputKey(outputKey);
  const stem = key.replace(/\.json$/i, "");
  await putAll(store, folderFiles(input, stem));
  for (const { text } of reportFiles("coverage-py", input)) {
    await store.put(key, bodyOf(text), { contentType: "application/json" });
  }
  return `${store.location}/${key}`;
}

interface KeyedFile {
  key: string;
  text: ReportFile["text"];
}

function bodyOf(text: ReportFile["text"]): Uint8Array {
  return Buffer.from(typeof text === "string" ? text : [...text].join(""));
}

function* folderFiles(input: FormatInput, stem: string): Generator<KeyedFile> {
  for (const format of folderFormats) {
    const folder = format === "html" ? `${stem}/html` : stem;
    for (const { path, text } of reportFiles(format, input)) yield { key: `${folder}/${path}`, text };
  }
}

async function putAll(store: ReportStore, files: Iterator<KeyedFile>): Promise<void> {
  const worker = async () => {
    for (let next = files.next(); !next.done; next = files.next()) {
      const { key, text } = next.value;
      const extension = key.slice(key.lastIndexOf(".") + 1);
      await store.put(key, bodyOf(text), { contentType: contentTypes[extension] ?? "text/plain" });
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}
