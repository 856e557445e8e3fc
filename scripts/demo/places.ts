import { join } from "node:path";
import { fileURLToPath } from "node:url";
import packageJson from "../../package.json" with { type: "json" };

export const { version } = packageJson;
export const root = fileURLToPath(new URL("../..", import.meta.url));
/** All that a run leaves behind: the bundle, the buckets, the report. */
export const folder = join(root, ".demo");
export const layerZip = join(root, "dist", `lambda-coverage-layer-${version}.zip`);
export const pythonLayerZip = join(root, "dist", `lambda-coverage-layer-python-${version}.zip`);
