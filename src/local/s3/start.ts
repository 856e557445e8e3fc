import { startChildServer } from "../child-server.ts";
import type { LocalS3, LocalS3Options } from "./types.ts";

/** Starts an S3-protocol server in a process of its own. It verifies signatures; keys are made up. */
export async function startLocalS3(options: LocalS3Options = {}): Promise<LocalS3> {
  const main = {
    accessKeyId: options.accessKeyId ?? "AKIALOCAL",
    secretAccessKey: options.secretAccessKey ?? "local-secret",
  };
  const accessKeys = [main, ...(options.accessKeys ?? [])];
  const child = await startChildServer("server-main", import.meta.url);
  const endpoints = await child.call<{ endpoint: string; otherEndpoint: string }>("start", {
    ...options,
    accessKeys,
  });
  return {
    ...endpoints,
    ...main,
    region: options.region ?? "us-east-1",
    otherRegion: options.otherRegion ?? "eu-central-1",
    pid: child.pid,
    requests: () => child.call("requests"),
    clearRequests: () => child.call("clearRequests"),
    setFaults: (plan) => child.call("setFaults", plan),
    setPolicy: (policy) => child.call("setPolicy", policy),
    setAccessKeys: (keys) => child.call("setAccessKeys", keys),
    setClockOffset: (ms) => child.call("setClockOffset", ms),
    stop: () => child.stop(),
  };
}
