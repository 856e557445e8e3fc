import { S3Error, type S3ErrorCode } from "./errors.ts";
import { globPattern } from "./glob.ts";
import type { Fault, FaultPlan, S3Request } from "./types.ts";

/** Decides request by request, in order of arrival, which fault strikes. */
export class FaultInjector {
  readonly plan: FaultPlan;
  readonly #random: () => number;
  readonly #rules: { fault: Fault; key: RegExp | undefined; seen: number; hits: number }[];

  constructor(plan: FaultPlan = { faults: [] }) {
    this.plan = plan;
    this.#random = mulberry32(plan.seed ?? 1);
    this.#rules = plan.faults.map((fault) => ({
      fault,
      key: fault.match?.key === undefined ? undefined : globPattern(fault.match.key),
      seen: 0,
      hits: 0,
    }));
  }

  next(request: { method: string; resource: string; region: string; otherRegion: string }) {
    for (const rule of this.#rules) {
      const { fault } = rule;
      if (fault.match?.method !== undefined && fault.match.method !== request.method) continue;
      if (rule.key !== undefined && !rule.key.test(request.resource)) continue;
      // Whoever has learnt the bucket's region is served.
      if (fault.kind === "AuthorizationHeaderMalformed" && request.region === request.otherRegion) continue;
      rule.seen++;
      const struck = this.#random() < (fault.probability ?? 1);
      if (rule.seen <= (fault.after ?? 0) || rule.hits >= (fault.times ?? Infinity) || !struck) continue;
      rule.hits++;
      return fault;
    }
    return undefined;
  }

  /** Whether the plan pretends that the bucket lies in the other region. */
  get movesBucket(): boolean {
    return this.plan.faults.some((fault) => fault.kind === "AuthorizationHeaderMalformed");
  }
}

/** A small seeded generator. https://github.com/cprosche/mulberry32 */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What S3 would answer: `other` is where the bucket is said to lie. */
export function faultError(
  code: S3ErrorCode,
  entry: S3Request,
  ownRegion: string,
  other: { region: string; endpoint: string },
): S3Error {
  const { region, endpoint } = other;
  const moved = { "x-amz-bucket-region": region };
  if (code === "AuthorizationHeaderMalformed") {
    const message = `The authorization header is malformed; the region '${ownRegion}' is wrong; expecting '${region}'`;
    return new S3Error(code, { message, elements: { Region: region }, headers: moved });
  }
  if (code === "PermanentRedirect" || code === "TemporaryRedirect") {
    const path = `/${entry.bucket}/${entry.key.split("/").map(encodeURIComponent).join("/")}`;
    const query = entry.query === "" ? "" : `?${entry.query}`;
    const headers = { ...moved, Location: `${endpoint}${path}${query}` };
    const elements = { Endpoint: endpoint.replace("http://", ""), Bucket: entry.bucket };
    return new S3Error(code, { elements, headers });
  }
  return new S3Error(code);
}
