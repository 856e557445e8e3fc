/**
 * Temporary credentials of one execution environment, derived from the server's main key: as on Lambda every
 * environment has its own, and the server's log tells which one sent a request, without a word between
 * the two processes.
 */
import { createHmac } from "node:crypto";
import type { AccessKey } from "./types.ts";

const sessionPrefix = "ASIALOCAL";

export function deriveSessionKey(
  main: AccessKey,
  name: string,
): Required<Omit<AccessKey, "expiresAt" | "policy">> {
  const accessKeyId = `${sessionPrefix}${name.replace(/[^A-Za-z0-9]/g, "").toUpperCase()}`;
  const derive = (purpose: string) =>
    createHmac("sha256", main.secretAccessKey).update(`${purpose}:${accessKeyId}`).digest("base64");
  return { accessKeyId, secretAccessKey: derive("secret"), sessionToken: derive("token") };
}

/** The session key of that id, if it is one of ours. */
export function findSessionKey(keys: readonly AccessKey[], accessKeyId: string): AccessKey | undefined {
  const main = keys[0];
  if (main === undefined || !accessKeyId.startsWith(sessionPrefix)) return undefined;
  const derived = deriveSessionKey(main, accessKeyId.slice(sessionPrefix.length));
  return main.policy === undefined ? derived : { ...derived, policy: main.policy };
}
