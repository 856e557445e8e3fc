/** How storing goes, as the health check and the log tell it. */

export interface DeliveryError {
  /** S3's error code (`AccessDenied`), Node's (`ECONNREFUSED`), or `Timeout`, `NoBudget`, `NoCredentials`. */
  code: string;
  message: string;
  httpStatus?: number;
  /** What to do about it, where that is known. */
  remedy?: string;
}

/** `pending`: lies in the fallback store and is tried again; `dropped`: it is lost. */
export type DeliveryOutcome = "stored" | "pending" | "dropped";

export interface DeliveryStatus {
  /** Of the last upload; `unknown` before the first. */
  s3: "unknown" | "ok" | "failing";
  lastUpload?: {
    at: string;
    s3Key: string;
    fileSize: number;
    outcome: DeliveryOutcome;
    uploadTimeMs: number;
  };
  lastError?: DeliveryError;
  pendingFiles: number;
  /** Dropped from the fallback store since this process began. */
  droppedFiles: number;
  storedFiles: number;
  breakerOpen: boolean;
}
