/** The html report as files in memory; where they go is the caller's business (a folder, a bucket). */
import { createHash } from "node:crypto";
import type { ReportModel } from "../model.ts";
import type { ReportFile } from "../report-file.ts";
import { clientScript } from "./client-script.ts";
import { filePage, pagePath } from "./file-page.ts";
import { indexPage } from "./index-page.ts";
import { style } from "./style.ts";

/** Yields index.html, its style sheet and script, and one page per file. */
export function* htmlReport(model: ReportModel): Generator<ReportFile> {
  const nonce = nonceOf(model);
  yield { path: "index.html", text: indexPage(model, nonce) };
  yield { path: "report.css", text: style.trimStart() };
  yield { path: "report.js", text: clientScript };
  for (const file of model.files) yield { path: pagePath(file), text: filePage(model, file, nonce) };
}

/** Out of all sources: the same report is the same bytes, and no source can hold its own nonce. */
function nonceOf(model: ReportModel): string {
  const hash = createHash("sha256").update(model.generatedAt.toISOString());
  for (const file of model.files) hash.update(file.path).update(model.sources.get(file.path) ?? "");
  return hash.digest("base64url").slice(0, 22);
}
