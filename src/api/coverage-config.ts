/** Settings as a value of user code: validated, frozen, cached for the environment they came from. */
import { readSettings, type SettingRow, type Settings, settingsTable } from "../contract/settings.ts";
import { CoverageInitializationError } from "./errors.ts";
import { toSnakeCase } from "./snake-case.ts";

/** All settings by the spec's names in camelCase. */
export interface CoverageConfigFields {
  s3Bucket: string;
  /** Default `coverage/`. */
  s3Prefix: string;
  /** Seconds. Default 30. */
  uploadTimeout: number;
  includePatterns: string[];
  excludePatterns: string[];
  branchCoverage: boolean;
  debug: boolean;
  logLevel: Settings["logLevel"];
  enabled: boolean;
  collector: Settings["collector"];
  granularity: Settings["granularity"];
  exactWindows: Settings["exactWindows"];
  stacks: Settings["stacks"];
  sampleRate: number;
  upload: Settings["upload"];
  uploadSources: boolean;
  healthCheckPath: string | undefined;
  metrics: boolean;
}

type Input = Pick<CoverageConfigFields, "s3Bucket"> & {
  [K in Exclude<keyof CoverageConfigFields, "s3Bucket">]?: CoverageConfigFields[K] | undefined;
};

const settingNames: Record<keyof CoverageConfigFields, keyof Settings> = {
  s3Bucket: "s3Bucket",
  s3Prefix: "s3Prefix",
  uploadTimeout: "uploadTimeoutSeconds",
  includePatterns: "includePatterns",
  excludePatterns: "excludePatterns",
  branchCoverage: "branchCoverage",
  debug: "debug",
  logLevel: "logLevel",
  enabled: "enabled",
  collector: "collector",
  granularity: "granularity",
  exactWindows: "exactWindows",
  stacks: "stacks",
  sampleRate: "sampleRate",
  upload: "upload",
  uploadSources: "uploadSources",
  healthCheckPath: "healthCheckPath",
  metrics: "metrics",
};
const fieldNames = Object.keys(settingNames) as (keyof CoverageConfigFields)[];

let cached: { fingerprint: string; config: CoverageConfig } | undefined;

export class CoverageConfig implements CoverageConfigFields {
  readonly s3Bucket!: string;
  readonly s3Prefix!: string;
  readonly uploadTimeout!: number;
  readonly includePatterns!: string[];
  readonly excludePatterns!: string[];
  readonly branchCoverage!: boolean;
  readonly debug!: boolean;
  readonly logLevel!: Settings["logLevel"];
  readonly enabled!: boolean;
  readonly collector!: Settings["collector"];
  readonly granularity!: Settings["granularity"];
  readonly exactWindows!: Settings["exactWindows"];
  readonly stacks!: Settings["stacks"];
  readonly sampleRate!: number;
  readonly upload!: Settings["upload"];
  readonly uploadSources!: boolean;
  readonly healthCheckPath!: string | undefined;
  readonly metrics!: boolean;

  /** Throws a CoverageInitializationError `BucketMissing` or `InvalidSetting` that names each bad value. */
  constructor(fields: Input) {
    const problems = Object.keys(fields)
      .filter((name) => !Object.hasOwn(settingNames, name))
      .map((name) => `${name} is not a setting`);
    for (const name of fieldNames) {
      const row = settingsTable[settingNames[name]] as SettingRow<unknown>;
      const value = fields[name];
      if (value !== undefined && !isAllowed(row, value)) {
        problems.push(`${name} ${JSON.stringify(value)} is not ${row.parser.allowed}`);
      }
      Object.defineProperty(this, name, {
        value: frozen(value ?? row.default),
        enumerable: true,
        configurable: true,
      });
    }
    if (problems.length > 0) throw invalidSettings(problems);
    if (this.s3Bucket === undefined) throw bucketMissing();
    Object.freeze(this);
  }

  /**
   * From the COVERAGE_ variables; the same object as long as they stay the same. Throws a
   * CoverageInitializationError `BucketMissing`, or `InvalidSetting` that names each variable, its value
   * and what is allowed.
   */
  static fromEnvironment(env: Record<string, string | undefined> = process.env): CoverageConfig {
    const fingerprint = JSON.stringify(Object.values(settingsTable).map((row) => env[row.env]));
    if (cached?.fingerprint === fingerprint) return cached.config;
    const config = CoverageConfig.fromSettings(checkedSettings(env));
    cached = { fingerprint, config };
    return config;
  }

  static fromSettings(settings: Settings): CoverageConfig {
    const fields = Object.fromEntries(fieldNames.map((name) => [name, settings[settingNames[name]]]));
    return new CoverageConfig(fields as unknown as Input);
  }

  /** The same in the names that the agent uses. */
  toSettings(): Settings {
    return Object.fromEntries(
      fieldNames.map((name) => [settingNames[name], this[name]]),
    ) as unknown as Settings;
  }

  /** In the spec's snake_case. */
  toJSON(): Record<string, unknown> {
    return toSnakeCase(this);
  }
}

/** An unknown COVERAGE_ variable is no reason to stop: the agent warns about it. */
function checkedSettings(env: Record<string, string | undefined>): Settings {
  const { settings, problems } = readSettings(env);
  const known = new Set<string>(Object.values(settingsTable).map((row) => row.env));
  const bad = problems.filter((problem) => known.has(problem.env)).map((problem) => problem.message);
  if (bad.length > 0) throw invalidSettings(bad);
  return settings;
}

function isAllowed(row: SettingRow<unknown>, value: unknown): boolean {
  if (Array.isArray(row.default))
    return Array.isArray(value) && value.every((item) => typeof item === "string");
  const kind = typeof (row.default ?? "");
  return typeof value === kind && row.parser.parse(String(value)) === value;
}

function frozen<T>(value: T): T {
  return Array.isArray(value) ? (Object.freeze([...value]) as T) : value;
}

function invalidSettings(problems: string[]): CoverageInitializationError {
  return new CoverageInitializationError(problems.join("; "), {
    code: "InvalidSetting",
    details: { problems },
  });
}

export function bucketMissing(): CoverageInitializationError {
  return new CoverageInitializationError(
    "COVERAGE_S3_BUCKET is not set: name the bucket that coverage is stored in",
    { code: "BucketMissing", details: { variable: "COVERAGE_S3_BUCKET" } },
  );
}
