import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { cacheDirectory, cachedFolder } from "./cache.ts";
import { LocalError } from "./local-error.ts";

const run = promisify(execFile);

/** Folder of an npm package in the cache, installed without its scripts at first use. */
export async function npmPackage(name: string, version: string, what: string): Promise<string> {
  const folder = await cachedFolder(`${name}-${version}`, async (target) => {
    process.stderr.write(`lambda-coverage: fetching ${what}, once, into ${cacheDirectory()}\n`);
    await runNpm(
      ["install", "--prefix", target, "--ignore-scripts", "--no-audit", "--no-fund", `${name}@${version}`],
      target,
      what,
    );
  });
  return join(folder, "node_modules", name);
}

/** npm, with what it said where it fails. */
export async function runNpm(
  args: string[],
  cwd: string,
  what: string,
  env: NodeJS.ProcessEnv = {},
): Promise<void> {
  try {
    await run("npm", args, { cwd, env: { ...withoutNpmVariables(), ...env }, maxBuffer: 64 * 1024 * 1024 });
  } catch (error) {
    const { stderr = "", message } = error as Error & { stderr?: string };
    const reason = stderr.trim().split("\n").slice(-8).join("\n") || message;
    throw new LocalError(
      "LocalInstall",
      `${what} could not be installed by npm: ${reason}`,
      "Check that npm reaches its registry; what it installs is kept in ~/.cache/lambda-coverage (LAMBDA_COVERAGE_CACHE).",
    );
  }
}

/** A script's own npm settings (omit, prefix, …) are not meant for the cache; where its registry is, is. */
function withoutNpmVariables(): NodeJS.ProcessEnv {
  const kept = /registry|proxy|cafile|strict_ssl|userconfig|globalconfig|nodedir|cache$/i;
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => name !== "NODE_OPTIONS" && (!/^npm_/i.test(name) || kept.test(name)),
    ),
  );
}
