/**
 * The runtime client's addon, which Lambda's own client is built with: it posts responses and waits for
 * events in native code. It takes a compiler and about a minute, so it is never built on the way: `npm run
 * build:addon` builds it into the cache, and from then on it is used.
 */
import { copyFileSync, cpSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheDirectory, cachedFolder } from "./cache.ts";
import { nodeBinary } from "./node-binary.ts";
import { npmPackage, runNpm } from "./npm-package.ts";

/** Lines of the real client, aws-lambda-ric on npm. */
export const clientVersions = { 4: "4.0.2", 3: "3.3.0" } as const;

const folderName = `aws-lambda-ric-addon-${clientVersions[4]}-${process.platform}-${process.arch}`;
const addonFile = "rapid-client.node";

/** Path of the built addon, or undefined. Both lines of the client take it: they use it in the same way. */
export function builtAddon(): string | undefined {
  const path = join(cacheDirectory(), folderName, addonFile);
  return existsSync(path) ? path : undefined;
}

/** Builds the addon unless it is there. Needs g++, cmake, make, python3. */
export async function buildAddon(): Promise<string> {
  const client = await npmPackage("aws-lambda-ric", clientVersions[4], "Lambda's runtime client");
  const { headers } = await nodeBinary(22);
  const folder = await cachedFolder(folderName, async (target) => {
    process.stderr.write("lambda-coverage: building the runtime client's addon (about a minute)\n");
    const work = join(target, "work");
    cpSync(join(client, "../.."), work, { recursive: true });
    const rebuild = ["rebuild", "aws-lambda-ric", "--foreground-scripts", "--ignore-scripts=false"];
    await runNpm(rebuild, work, "The runtime client's addon", { npm_config_nodedir: headers });
    copyFileSync(join(work, "node_modules/aws-lambda-ric", addonFile), join(target, addonFile));
    rmSync(work, { recursive: true, force: true });
  });
  return join(folder, addonFile);
}
