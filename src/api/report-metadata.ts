/** What is known about one stored coverage file. */
import { toSnakeCase } from "./snake-case.ts";

export interface CoverageReportMetadataFields {
  functionName: string;
  executionId: string;
  timestamp: Date;
  s3Key: string;
  /** Bytes as stored. */
  fileSize: number;
  /**
   * Percentages and totals are not known at upload: a coverage file holds counters of what V8 saw, and the
   * denominator comes from the original sources. `lambda-coverage show <file> --json` computes them.
   */
  coveragePercentage?: number | undefined;
  linesCovered?: number | undefined;
  linesTotal?: number | undefined;
  branchesCovered?: number | undefined;
  branchesTotal?: number | undefined;
}

export class CoverageReportMetadata implements CoverageReportMetadataFields {
  readonly functionName: string;
  readonly executionId: string;
  readonly timestamp: Date;
  readonly s3Key: string;
  readonly fileSize: number;
  readonly coveragePercentage: number | undefined;
  readonly linesCovered: number | undefined;
  readonly linesTotal: number | undefined;
  readonly branchesCovered: number | undefined;
  readonly branchesTotal: number | undefined;

  constructor(fields: CoverageReportMetadataFields) {
    this.functionName = fields.functionName;
    this.executionId = fields.executionId;
    this.timestamp = fields.timestamp;
    this.s3Key = fields.s3Key;
    this.fileSize = fields.fileSize;
    this.coveragePercentage = fields.coveragePercentage;
    this.linesCovered = fields.linesCovered;
    this.linesTotal = fields.linesTotal;
    this.branchesCovered = fields.branchesCovered;
    this.branchesTotal = fields.branchesTotal;
  }

  /** In the spec's snake_case; what is not known is left out. */
  toJSON(): Record<string, unknown> {
    return toSnakeCase({ ...this, timestamp: this.timestamp.toISOString() });
  }
}
