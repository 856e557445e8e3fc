/** The health check's answer as a value with types. */
import type { HealthBody } from "../agent/main/health/health-status.ts";
import { toSnakeCase } from "./snake-case.ts";

export interface HealthCheckResponseFields {
  status: HealthBody["status"];
  coverageEnabled: boolean;
  layerVersion: string;
  s3Config: { bucket: string; prefix: string; [field: string]: unknown };
  timestamp: Date;
  errors?: string[] | undefined;
  warnings?: string[] | undefined;
}

export class HealthCheckResponse implements HealthCheckResponseFields {
  readonly status: HealthBody["status"];
  readonly coverageEnabled: boolean;
  readonly layerVersion: string;
  readonly s3Config: HealthCheckResponseFields["s3Config"];
  readonly timestamp: Date;
  readonly errors: string[] | undefined;
  readonly warnings: string[] | undefined;

  constructor(fields: HealthCheckResponseFields) {
    this.status = fields.status;
    this.coverageEnabled = fields.coverageEnabled;
    this.layerVersion = fields.layerVersion;
    this.s3Config = fields.s3Config;
    this.timestamp = fields.timestamp;
    this.errors = fields.errors;
    this.warnings = fields.warnings;
  }

  /** From what `healthCheckHandler()` or an endpoint answered. */
  static fromJSON(body: HealthBody): HealthCheckResponse {
    return new HealthCheckResponse({
      status: body.status,
      coverageEnabled: body.coverage_enabled,
      layerVersion: body.layer_version,
      s3Config: body.s3_config,
      timestamp: new Date(body.timestamp),
      errors: body.errors,
      warnings: body.warnings,
    });
  }

  /** In the spec's snake_case; what is not there is left out. */
  toJSON(): Record<string, unknown> {
    return toSnakeCase({ ...this, timestamp: this.timestamp.toISOString() });
  }
}
