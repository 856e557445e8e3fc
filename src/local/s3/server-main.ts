/** Process of the S3-protocol server. */
import { serveParent } from "../child-server.ts";
import { S3Server } from "./server.ts";
import type { AccessKey, FaultPlan, LocalS3Options, S3Policy } from "./types.ts";

let server: S3Server;

serveParent({
  start: (options: LocalS3Options & { accessKeys: AccessKey[] }) => {
    server = new S3Server(options);
    return server.start(options.faults);
  },
  requests: () => server.log,
  clearRequests: () => server.clearRequests(),
  setFaults: (plan?: FaultPlan) => server.setFaults(plan),
  setPolicy: (policy?: S3Policy) => server.setPolicy(policy),
  setAccessKeys: (keys: AccessKey[]) => server.setAccessKeys(keys),
  setClockOffset: (ms: number) => server.setClockOffset(ms),
});
