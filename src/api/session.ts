/** The one coverage session of this process: joined or started at the first need. */
import { type CoverageSession, coverageSession } from "../agent/session.ts";
import { readSettings } from "../contract/settings.ts";
import type { CoverageConfig } from "./coverage-config.ts";

let session: CoverageSession | undefined;

/**
 * Starts collecting unless something collects already. A config counts where the environment names no
 * bucket: the settings of an agent that runs are not changed.
 */
export function joinSession(config?: CoverageConfig): CoverageSession {
  const missing = session === undefined || session.off?.code === "NoBucket";
  if (missing) session = coverageSession(config === undefined ? {} : { settings: config.toSettings() });
  return session as CoverageSession;
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
