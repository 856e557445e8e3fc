/** The one coverage session of this process: joined or started at the first need. */

import { type CoverageSession, coverageSession } from "../agent/main/session.ts";
import { createLog, logLevel } from "../agent/shared/log.ts";
import { readSettings } from "../contract/settings.ts";
import { CoverageConfig } from "./coverage-config.ts";

let session: CoverageSession | undefined;

/**
 * Starts collecting unless something collects already. A config counts where the environment names no
 * bucket: the settings of an agent that runs are not changed.
 */
export function joinSession(config?: CoverageConfig): CoverageSession {
  if (session === undefined || canStartNow(session, config)) {
    session = coverageSession(config === undefined ? {} : { settings: config.toSettings() });
  }
  if (config !== undefined) warnOfIgnored(config);
  return session;
}

/** There was no bucket before, and now there is one. */
function canStartNow({ off }: CoverageSession, config: CoverageConfig | undefined): boolean {
  return off?.code === "NoBucket" && (config !== undefined || Boolean(process.env.COVERAGE_S3_BUCKET));
}

let warned = false;

function warnOfIgnored(config: CoverageConfig): void {
  if (warned || session === undefined || session.off !== undefined) return;
  const used = CoverageConfig.fromSettings(session.settings).toJSON();
  const ignored = Object.entries(config.toJSON())
    .filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(used[name]))
    .map(([name]) => name);
  if (ignored.length === 0) return;
  warned = true;
  const log = createLog({
    level: logLevel(session.settings),
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
  });
  log.warn(`The config's ${ignored.join(", ")} are ignored: the agent runs with other settings already`, {
    error_type: "ConfigIgnored",
    details: { ignored },
  });
}

/** The session as it is, without starting one. */
export function currentSession(): CoverageSession | undefined {
  return session;
}

/**
 * On Lambda collecting begins with the package's import, before the modules that are loaded after it are
 * compiled. Elsewhere an import has no effect: a script that only combines wants no profiler.
 */
export function joinAtImport(env: Record<string, string | undefined>): void {
  if (env.AWS_LAMBDA_RUNTIME_API === undefined) return;
  const { settings } = readSettings(env);
  if (settings.enabled && settings.s3Bucket !== undefined) joinSession();
}
