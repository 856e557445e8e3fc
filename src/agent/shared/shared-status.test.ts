import { expect, test } from "vitest";
import type { DeliveryStatus } from "./delivery-status.ts";
import { createSharedStatus, readStatus, writeStatus } from "./shared-status.ts";

const status: DeliveryStatus = {
  s3: "failing",
  lastError: {
    code: "AccessDenied",
    message: "x".repeat(5000),
    httpStatus: 403,
    remedy: "allow s3:PutObject",
  },
  pendingFiles: 1,
  droppedFiles: 0,
  storedFiles: 0,
  breakerOpen: false,
};

test("nothing before the first; then the last one, whatever the length of an error's words", () => {
  const shared = createSharedStatus();
  expect(readStatus(shared)).toBeUndefined();
  writeStatus(shared, status);
  expect(readStatus(shared)).toEqual({ ...status, lastError: { ...status.lastError, message: "" } });
  const { lastError: _, ...fine } = status;
  writeStatus(shared, { ...fine, s3: "ok" });
  expect(readStatus(shared)).toEqual({ ...fine, s3: "ok" });
});
