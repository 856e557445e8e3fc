/** Everything that S3 may do to an upload: both languages' agents run against it. */
import type { FaultPlan } from "../../src/local/index.ts";

export const everyKind: [string, FaultPlan][] = [
  ["refused", { faults: [{ kind: "refuse" }] }],
  ["nobody listens", { faults: [], notListening: true }],
  ["reset in mid-body", { faults: [{ kind: "reset" }] }],
  ["reset after the file was stored", { faults: [{ kind: "reset", afterEffect: true }] }],
  ["slow drip", { faults: [{ kind: "drip", delayMs: 200 }] }],
  ["400 AuthorizationHeaderMalformed", { faults: [{ kind: "AuthorizationHeaderMalformed" }] }],
  ["500 InternalError", { faults: [{ kind: "InternalError" }] }],
  ["500 after the file was stored", { faults: [{ kind: "InternalError", afterEffect: true }] }],
  ["503 SlowDown", { faults: [{ kind: "SlowDown" }] }],
  ["403 AccessDenied", { faults: [{ kind: "AccessDenied" }] }],
  ["404 NoSuchBucket", { faults: [{ kind: "NoSuchBucket" }] }],
  ["301 to another region", { faults: [{ kind: "PermanentRedirect" }] }],
  ["307 to another region", { faults: [{ kind: "TemporaryRedirect" }] }],
  ["409 conflict", { faults: [{ kind: "ConditionalRequestConflict" }] }],
  // S3 says so only of a key that is there: an earlier try has arrived.
  ["412 there already", { faults: [{ kind: "PreconditionFailed", afterEffect: true }] }],
  ["expired token", { faults: [{ kind: "ExpiredToken" }] }],
  ["clock skew", { faults: [{ kind: "RequestTimeTooSkewed" }] }],
];
