/** Puts probed copies of a function's files into its package. */
export { lambdaLimits } from "./check-package.ts";
export { differences } from "./check-probes.ts";
export { filesOfFolder, filesOfZip, fittingProbes, type PackageFiles } from "./fitting-probes.ts";
export { type ProbeFolderOptions, planProbes, probeFolder } from "./probe-folder.ts";
export { ProbePackageError } from "./probe-package-error.ts";
export { planZip, probeZip, readProbesOfZip, removeProbesFromZip } from "./probe-zip.ts";
export type { ProbedPackage, ProbeReport } from "./probed-package.ts";
export { type UploadMap, writeUploadMap } from "./upload-maps.ts";
export { readProbes, removeProbes } from "./write-folder.ts";
