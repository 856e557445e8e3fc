/** Python functions in the local Lambda through the built layer zip, and what they leave in the bucket. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import type { CoverageFile, PythonScriptCoverage } from "../../src/contract/coverage-file.ts";
import { layerRuntimes } from "../../src/contract/runtimes.ts";
import type { LocalFunctionConfig, LocalLambda, LocalS3 } from "../../src/local/index.ts";
import { startLocalLambda, startLocalS3 } from "../../src/local/index.ts";
import { type PythonInterpreter, pythonInterpreter } from "../../src/local/lambda/python-interpreter.ts";
import { openS3Store } from "../../src/store/s3-store.ts";
import type { CoverageStore } from "../../src/store/store.ts";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
export const fixtures = join(root, "tests", "python", "fixtures");
export const layerZip = join(root, "dist", "lambda-coverage-layer-python-latest.zip");
export const bucket = "coverage-bucket";

export type PythonRuntime = `python3.${number}`;

/**
 * Of the layer's runtimes, those whose interpreter is on this machine, newest last. Without any it is the newest, for
 * which the tests are skipped by name.
 */
export async function runtimesAtHand(): Promise<PythonRuntime[]> {
  const found: PythonRuntime[] = [];
  for (const runtime of layerRuntimes.python) {
    const interpreter = await pythonInterpreter(runtime.slice("python".length)).catch(() => undefined);
    if (interpreter !== undefined) found.push(runtime as PythonRuntime);
  }
  return found.length > 0 ? found : [layerRuntimes.python.at(-1) as PythonRuntime];
}

export function interpreterOf(runtime: PythonRuntime): Promise<PythonInterpreter> {
  return pythonInterpreter(runtime.slice("python".length));
}

/** The layer's python folder, unzipped, for interpreters outside the local Lambda. */
export function unzippedLayer(folder: string): string {
  mkdirSync(folder, { recursive: true });
  execFileSync("python3", ["-m", "zipfile", "-e", layerZip, folder]);
  return join(folder, "python");
}

export interface StoredFile {
  key: string;
  file: CoverageFile;
}

export interface Host {
  s3: LocalS3;
  lambda: LocalLambda;
  store: CoverageStore;
  deploy(
    config: Omit<LocalFunctionConfig, "layers" | "runtime"> & {
      runtime: PythonRuntime;
      layer?: boolean;
      wrapper?: boolean;
    },
  ): Promise<void>;
  /** Every coverage file of a function, oldest first, and its keys. */
  files(name: string): Promise<StoredFile[]>;
  filesUnder(prefix: string): Promise<StoredFile[]>;
  stop(): Promise<void>;
}

export async function startHost(): Promise<Host> {
  if (!existsSync(layerZip))
    throw new Error(`${layerZip} is not there: run npm run build:layer:python first`);
  const s3 = await startLocalS3({ buckets: [bucket] });
  const lambda = await startLocalLambda({ s3 });
  const { endpoint, region, accessKeyId, secretAccessKey } = s3;
  const store = await openS3Store(bucket, {
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
  });
  return {
    s3,
    lambda,
    store,
    async deploy({ layer = true, wrapper = true, environment, ...config }) {
      const covered = {
        COVERAGE_S3_BUCKET: bucket,
        COVERAGE_S3_PREFIX: `coverage/${config.name}/`,
        ...(wrapper ? { AWS_LAMBDA_EXEC_WRAPPER: "/opt/coverage-wrapper" } : {}),
      };
      await lambda.createFunction({
        ...config,
        layers: layer ? [layerZip] : [],
        environment: { ...(layer ? covered : {}), ...environment },
      });
    },
    files: (name) => filesUnder(`coverage/${name}/`),
    filesUnder,
    async stop() {
      await lambda.stop();
      await s3.stop();
    },
  };

  async function filesUnder(prefix: string): Promise<StoredFile[]> {
    const found: StoredFile[] = [];
    for await (const { key } of store.list(prefix)) {
      if (key.endsWith(".coverage")) found.push({ key, file: await readJson<CoverageFile>(store, key) });
    }
    return found.sort(
      (a, b) =>
        (a.file.invocations[0]?.startedAt ?? "z").localeCompare(b.file.invocations[0]?.startedAt ?? "z") ||
        a.file.environment.sequence - b.file.environment.sequence,
    );
  }
}

export async function readJson<T>(store: CoverageStore, key: string): Promise<T> {
  return JSON.parse(gunzipSync(await store.get(key)).toString("utf8")) as T;
}

export function linesOf(file: CoverageFile, path: string): number[] {
  const script = file.scripts.find((candidate) => candidate.path === path) as
    | PythonScriptCoverage
    | undefined;
  return script?.lines ?? [];
}
