/**
 * The Serverless Framework's plugin, `lambda-coverage-layer/serverless`: probes the zips of Node.js functions when they
 * are made, whatever made them, and before the framework hashes, signs or uploads them.
 */
import { copyFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

interface Packaged {
  artifact?: string;
}

interface ServerlessFunction {
  /** Absent for a container image. */
  handler?: string;
  runtime?: string;
  package?: Packaged;
}

/** `custom.lambdaCoverage` of serverless.yml. */
interface Configuration {
  /** Keys of functions to probe. Default: all Node.js functions. */
  functions?: string[];
  /** As the command's --include, --exclude and --keep-source. */
  include?: string[];
  exclude?: string[];
  keepSource?: string[];
}

interface Serverless {
  serviceDir: string;
  service: {
    provider: { runtime?: string };
    package: Packaged;
    custom?: { lambdaCoverage?: Configuration };
    getAllFunctions(): string[];
    getFunction(name: string): ServerlessFunction;
  };
  classes: { Error: new (message: string, code: string) => Error };
}

interface Logging {
  log: { notice(message: string): void; warning(message: string): void };
}

export default class LambdaCoverage {
  readonly hooks: Record<string, () => Promise<void>>;
  readonly #serverless: Serverless;
  readonly #log: Logging["log"];

  constructor(serverless: Serverless, options: { function?: string }, { log }: Logging) {
    this.#serverless = serverless;
    this.#log = log;
    this.hooks = {
      "after:package:createDeploymentArtifacts": () => this.#probeAll(serverless.service.getAllFunctions()),
      "after:deploy:function:packageFunction": () =>
        this.#probeAll(options.function === undefined ? [] : [options.function]),
    };
  }

  async #probeAll(names: readonly string[]): Promise<void> {
    const { functions: wanted } = this.#configuration;
    const zips = new Set<string>();
    for (const name of names) {
      if (wanted !== undefined && !wanted.includes(name)) continue;
      const zip = this.#zipOf(name);
      if (zip !== undefined) zips.add(zip);
    }
    for (const zip of zips) await this.#probe(zip);
  }

  get #configuration(): Configuration {
    return this.#serverless.service.custom?.lambdaCoverage ?? {};
  }

  /** Undefined: it has none, or one that is no Node.js function's or lies in a bucket. */
  #zipOf(name: string): string | undefined {
    const { service, serviceDir } = this.#serverless;
    const fn = service.getFunction(name);
    const runtime = fn.runtime ?? service.provider.runtime ?? "nodejs";
    if (fn.handler === undefined || !runtime.startsWith("nodejs")) return undefined;
    const owner = fn.package?.artifact === undefined ? service.package : fn.package;
    if (owner.artifact === undefined) return undefined;
    if (/^(?:s3|https?):\/\//.test(owner.artifact)) {
      this.#log.warning(
        `${name}: ${owner.artifact} is in a bucket, so it is not probed here. Run lambda-coverage probe on the zip before it is uploaded.`,
      );
      return undefined;
    }
    const made = join(serviceDir, ".serverless");
    const zip = resolve(serviceDir, owner.artifact);
    if (dirname(zip) === made) return zip;
    // A zip of the user's own stays as it is.
    const copy = join(made, basename(zip));
    copyFileSync(zip, copy);
    owner.artifact = copy;
    return copy;
  }

  async #probe(zip: string): Promise<void> {
    const { probeZip } = await import("../probe-package/index.ts");
    const { include, exclude, keepSource = [] } = this.#configuration;
    try {
      const { report } = await probeZip(zip, { include, exclude, keepSource });
      this.#log.notice(
        `lambda-coverage: ${basename(zip)}: ${report.probes} probes in ${report.files === 1 ? "1 file" : `${report.files} files`}`,
      );
      for (const { message, remedy } of report.notProbed) this.#log.warning(`${message}. ${remedy}`);
      if (report.minified.length > 0) {
        this.#log.warning(
          `${report.minified.join(", ")}: minified, so stacks of its probed copy lead to wrong columns; set COVERAGE_STACKS=true.`,
        );
      }
    } catch (error) {
      const { message, code, remedy } = error as Error & { code?: string; remedy?: string };
      if (remedy === undefined) throw error;
      throw new this.#serverless.classes.Error(`${message} ${remedy}`, `LAMBDA_COVERAGE_${code}`);
    }
  }
}
