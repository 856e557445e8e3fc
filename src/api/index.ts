/**
 * `lambda-coverage-layer`: what user code imports. Light at import; combining and the AWS SDK load at the
 * first call of a function that needs them.
 */
export type { HealthBody } from "../agent/main/health/health-status.ts";
export { layerVersion } from "../contract/version.ts";
export {
  type CombineFilesOptions,
  type CombineFilesResult,
  type CombinerEvent,
  combineCoverageFiles,
  coverageCombinerHandler,
  downloadCoverageFiles,
  mergeCoverageData,
  type UploadReportOptions,
  uploadCombinedReport,
} from "./combiner.ts";
export { CoverageConfig, type CoverageConfigFields } from "./coverage-config.ts";
export { CoverageContext } from "./coverage-context.ts";
export { coverageHandler } from "./coverage-handler.ts";
export {
  CoverageCombineError,
  CoverageError,
  type CoverageErrorOptions,
  CoverageInitializationError,
  S3UploadError,
} from "./errors.ts";
export {
  type CoverageStatus,
  getCoverageStatus,
  getLayerInfo,
  healthCheckHandler,
  type LayerInfo,
} from "./health.ts";
export { HealthCheckResponse, type HealthCheckResponseFields } from "./health-check-response.ts";
export { finalizeCoverage, initializeCoverage } from "./lifecycle.ts";
export { CoverageReportMetadata, type CoverageReportMetadataFields } from "./report-metadata.ts";
export {
  generateS3Key,
  getS3Config,
  type S3Config,
  type S3KeyOptions,
  type UploadOptions,
  type UploadResult,
  uploadCoverageFile,
} from "./upload.ts";

import { joinAtImport } from "./session.ts";

joinAtImport(process.env);
