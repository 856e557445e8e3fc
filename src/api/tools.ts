/**
 * What the combining functions load at their first call: combine, reports, the store and with it the AWS
 * SDK. In the layer this is a bundle of its own (tools.cjs).
 */
export { combineFiles } from "./tools/combine-files.ts";
export { downloadFiles } from "./tools/download-files.ts";
export { mergeFiles } from "./tools/merge-files.ts";
export { uploadReport } from "./tools/upload-report.ts";
