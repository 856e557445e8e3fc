/** What the health check says, from what the agent knows. Nothing is guessed: S3 is unknown before the first upload. */
import type { Settings } from "../../../contract/settings.ts";
import { layerVersion } from "../../../contract/version.ts";
import type { DeliveryError, DeliveryStatus } from "../../shared/delivery-status.ts";

export interface HealthBody {
  status: "healthy" | "degraded" | "unhealthy";
  coverage_enabled: boolean;
  layer_version: string;
  /** What counts in this environment; absent where nothing does. */
  collector?: "probes" | "v8";
  /** `status`: how the last upload of this environment went. */
  s3_config: { bucket: string; prefix: string; status: "unknown" | "ok" | "failing" };
  /** ISO 8601, UTC. */
  timestamp: string;
  errors?: string[];
  warnings?: string[];
}

export interface HealthFacts {
  settings: Settings;
  /** Why nothing is collected although it should be; undefined while all is well. */
  notCollecting?: string | undefined;
  /** The user wants none here: switched off, or sampled out. */
  offOnPurpose?: string | undefined;
  collector?: "probes" | "v8";
  delivery?: DeliveryStatus | undefined;
  at: Date;
}

export function healthBody(facts: HealthFacts): HealthBody {
  const { settings, delivery } = facts;
  const errors = facts.offOnPurpose === undefined ? errorsOf(facts) : [];
  const warnings = facts.offOnPurpose === undefined ? warningsOf(delivery) : [facts.offOnPurpose];
  const degraded = facts.offOnPurpose === undefined && warnings.length > 0;
  return {
    status: errors.length > 0 ? "unhealthy" : degraded ? "degraded" : "healthy",
    coverage_enabled: facts.offOnPurpose === undefined && facts.notCollecting === undefined,
    layer_version: layerVersion,
    ...(facts.collector !== undefined && { collector: facts.collector }),
    s3_config: {
      bucket: settings.s3Bucket ?? "",
      prefix: settings.s3Prefix,
      status: delivery?.s3 ?? "unknown",
    },
    timestamp: facts.at.toISOString(),
    ...(errors.length > 0 && { errors }),
    ...(warnings.length > 0 && { warnings }),
  };
}

function errorsOf({ settings, notCollecting, delivery }: HealthFacts): string[] {
  const errors: string[] = [];
  if (settings.s3Bucket === undefined) errors.push("COVERAGE_S3_BUCKET is not set");
  else if (notCollecting !== undefined) errors.push(notCollecting);
  if (delivery?.lastError !== undefined && isRefusal(delivery.lastError)) {
    errors.push(refusalText(delivery.lastError));
  }
  return errors;
}

/** S3 understood and said no: trying again will not help. */
function isRefusal(error: DeliveryError): boolean {
  const { httpStatus = 0 } = error;
  return error.code === "NoCredentials" || (httpStatus >= 400 && httpStatus < 500 && httpStatus !== 429);
}

function refusalText({ code, remedy }: DeliveryError): string {
  return `S3 refused the last upload (${code})${remedy === undefined ? "" : `: ${remedy}`}`;
}

function warningsOf(delivery: DeliveryStatus | undefined): string[] {
  if (delivery === undefined) return [];
  const warnings: string[] = [];
  const { lastError, pendingFiles, droppedFiles, breakerOpen } = delivery;
  if (lastError !== undefined && !isRefusal(lastError)) {
    warnings.push(`the last upload failed (${lastError.code})`);
  }
  if (pendingFiles > 0) warnings.push(`${pendingFiles} coverage files wait under /tmp for their upload`);
  if (droppedFiles > 0) warnings.push(`${droppedFiles} coverage files are lost: the fallback store was full`);
  if (breakerOpen)
    warnings.push("uploads are paused after repeated failures; every 4th, 8th, … invocation is tried");
  return warnings;
}
