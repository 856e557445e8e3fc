/** CDK constructs that put the coverage layer on functions: `lambda-coverage-layer/cdk`. */
export { type AnyBucket, CoverageBucket, type CoverageBucketProps } from "./coverage-bucket.ts";
export { type CombinerTrigger, CoverageCombiner, type CoverageCombinerProps } from "./coverage-combiner.ts";
export { CoverageLayer, type CoverageLayerProps } from "./coverage-layer.ts";
export { CoverageMonitoring, type CoverageMonitoringProps } from "./coverage-monitoring.ts";
export type { CoverageSettings } from "./coverage-settings.ts";
export { type EnableCoverageOptions, enableCoverage } from "./enable-coverage.ts";
export { layerZipPath } from "./layer-zip.ts";
export type { ProbeChoices } from "./probe-package.ts";
export { CoverageSetupError } from "./setup-error.ts";
