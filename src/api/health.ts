/** The health functions of the package: what the agent knows, in the spec's fields. */
import { type HealthBody, healthBody } from "../agent/main/health/health-status.ts";
import type { CoverageSession } from "../agent/main/session.ts";
import { readSettings, type Settings } from "../contract/settings.ts";
import { layerVersion } from "../contract/version.ts";
import { lastStoredReport } from "./lifecycle.ts";
import { joinSession } from "./session.ts";
import { toSnakeCase } from "./snake-case.ts";

const onPurpose = new Set(["Disabled", "SampledOut"]);

/**
 * Healthy, degraded or unhealthy, and why. S3 is what the last upload of this environment showed: `unknown`
 * before the first one. Never throws, calls nothing over the network.
 */
export function healthCheckHandler(): HealthBody {
  const session = joinSession();
  const { off } = session;
  const wanted = off === undefined || !onPurpose.has(off.code);
  return healthBody({
    settings: settingsOf(session),
    notCollecting: wanted ? off?.message : undefined,
    offOnPurpose: wanted ? undefined : off?.message,
    delivery: session.delivery,
    at: new Date(),
  });
}

/** A session that is off knows no settings that came later; the environment does. */
function settingsOf(session: CoverageSession): Settings {
  return session.off === undefined ? session.settings : readSettings(process.env).settings;
}

export interface CoverageStatus {
  /** The agent runs in this process. */
  initialized: boolean;
  /** V8 counts for it. */
  active: boolean;
  /** Settings in the spec's snake_case. */
  config: Record<string, unknown>;
  /** Code that was loaded before the agent has no block counters: `late`. */
  collected_from: "start" | "late";
  /** Why nothing is collected. */
  reason?: string;
  /** The last coverage file that this environment stored. */
  last_upload?: Record<string, unknown>;
}

export function getCoverageStatus(): CoverageStatus {
  const session = joinSession();
  const last = lastStoredReport();
  const { off } = session;
  const { uploadTimeoutSeconds, ...settings } = settingsOf(session);
  return {
    initialized: off === undefined || off.code === "Stopped",
    active: off === undefined,
    config: toSnakeCase({ ...settings, uploadTimeout: uploadTimeoutSeconds }),
    collected_from: session.collectedFrom,
    ...(off !== undefined && { reason: off.message }),
    ...(last !== undefined && { last_upload: last.toJSON() }),
  };
}

export interface LayerInfo {
  version: string;
  node_version: string;
  /** What counts: V8. */
  coverage_version: string;
  /** Of the code that runs beside yours: none but Node.js itself. */
  dependencies: Record<string, string>;
}

export function getLayerInfo(): LayerInfo {
  return {
    version: layerVersion,
    node_version: process.versions.node,
    coverage_version: `v8 ${process.versions.v8}`,
    dependencies: {},
  };
}
