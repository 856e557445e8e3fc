/** The S3-protocol server: HTTP in, operations, HTTP out. Runs in a process of its own (server-main.ts). */
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { monotonicMs } from "../monotonic.ts";
import { bucketOperations } from "./bucket-operations.ts";
import { S3Error } from "./errors.ts";
import { FaultInjector, faultError } from "./faults.ts";
import { errorAnswer, readBody, send } from "./http-exchange.ts";
import { Listener } from "./listener.ts";
import { multipartOperations } from "./multipart-operations.ts";
import { objectOperations } from "./object-operations.ts";
import { ObjectStore } from "./objects.ts";
import type { S3Answer, S3Call } from "./operations.ts";
import { readPayload } from "./payload.ts";
import { allows, conditionValues } from "./policy.ts";
import { newEntry, parseTarget, type Target } from "./request-target.ts";
import { findSessionKey } from "./session-keys.ts";
import { authenticate } from "./sigv4.ts";
import type { AccessKey, Fault, FaultPlan, LocalS3Options, S3Policy, S3Request } from "./types.ts";

const operations = { ...bucketOperations, ...objectOperations, ...multipartOperations };

export class S3Server {
  readonly log: S3Request[] = [];
  readonly #store: ObjectStore;
  #keys: AccessKey[];
  #policy: S3Policy | undefined;
  #faults = new FaultInjector();
  #clockOffsetMs = 0;
  readonly #main: Listener;
  readonly #other: Listener;

  constructor(options: LocalS3Options & { accessKeys: AccessKey[] }) {
    this.#store = new ObjectStore(options.directory);
    this.#keys = options.accessKeys;
    this.#policy = options.policy;
    for (const bucket of options.buckets ?? []) this.#store.createBucket(bucket);
    this.#main = this.#listener(options.region ?? "us-east-1", options.port ?? 0, options.keepAliveTimeoutMs);
    this.#other = this.#listener(options.otherRegion ?? "eu-central-1", 0, options.keepAliveTimeoutMs);
  }

  async start(faults?: FaultPlan): Promise<{ endpoint: string; otherEndpoint: string }> {
    await this.#main.listen();
    await this.#other.listen();
    await this.setFaults(faults);
    return { endpoint: this.#main.endpoint, otherEndpoint: this.#other.endpoint };
  }

  async setFaults(plan?: FaultPlan): Promise<void> {
    this.#faults = new FaultInjector(plan);
    if (plan?.notListening === true) await this.#main.close();
    else await this.#main.listen();
  }

  setPolicy(policy?: S3Policy): void {
    this.#policy = policy;
  }

  setAccessKeys(keys: AccessKey[]): void {
    this.#keys = keys;
  }

  setClockOffset(ms: number): void {
    this.#clockOffsetMs = ms;
  }

  clearRequests(): void {
    this.log.length = 0;
  }

  #listener(region: string, port: number, keepAliveTimeoutMs = 20_000): Listener {
    const listener: Listener = new Listener(region, port, keepAliveTimeoutMs, (request, response) => {
      this.#serve(request, response, listener).catch((error) => {
        console.error(error);
        response.destroy();
      });
    });
    return listener;
  }

  async #serve(request: IncomingMessage, response: ServerResponse, listener: Listener): Promise<void> {
    const target = parseTarget(request);
    const entry = newEntry(request, target, listener.region);
    this.log.push(entry);
    const end = () => {
      entry.endedAt ??= monotonicMs();
    };
    response.on("close", end).on("finish", end);
    const resource = target.key === "" ? target.bucket : `${target.bucket}/${target.key}`;
    const fault = listener === this.#main ? this.#nextFault(entry, resource) : undefined;
    if (fault !== undefined) entry.fault = fault.kind;
    const raw = await readBody(request, entry, fault);
    if (raw === undefined) return;
    if (fault !== undefined && fault.afterEffect !== true && (await this.#strike(fault, response, entry)))
      return;
    const answer = this.#answer(request, target, raw, listener, entry);
    if (fault?.afterEffect === true && (await this.#strike(fault, response, entry))) return;
    await send(response, request.method === "HEAD", answer, entry, fault);
  }

  #nextFault(entry: S3Request, resource: string): Fault | undefined {
    return this.#faults.next({
      method: entry.method,
      resource,
      region: entry.region,
      otherRegion: this.#other.region,
    });
  }

  /** Whether the fault has dealt with the request for good. */
  async #strike(fault: Fault, response: ServerResponse, entry: S3Request): Promise<boolean> {
    if (fault.kind === "hang") return true;
    if (fault.kind === "reset") {
      if (entry.method === "GET") return false;
      response.socket?.resetAndDestroy();
      return true;
    }
    if (fault.kind === "delay") await sleep(fault.delayMs ?? 1000);
    if (fault.kind === "delay" || fault.kind === "drip" || fault.kind === "refuse") return false;
    const answer = errorAnswer(faultError(fault.kind, entry, this.#main.region, this.#other), entry);
    await send(response, entry.method === "HEAD", answer, entry, undefined);
    return true;
  }

  #answer(
    request: IncomingMessage,
    target: Target,
    raw: Buffer,
    listener: Listener,
    entry: S3Request,
  ): S3Answer {
    try {
      return this.#carryOut(request, target, raw, listener, entry);
    } catch (error) {
      if (error instanceof S3Error) return errorAnswer(error, entry);
      if (error instanceof URIError) {
        return errorAnswer(new S3Error("InvalidRequest", { message: "Couldn't parse the URI" }), entry);
      }
      console.error(error);
      return errorAnswer(new S3Error("InternalError", { message: String(error) }), entry);
    }
  }

  #carryOut(request: IncomingMessage, target: Target, raw: Buffer, listener: Listener, entry: S3Request) {
    const now = Date.now() + this.#clockOffsetMs;
    const { headers, method = "" } = request;
    const derived = findSessionKey(this.#keys, entry.accessKeyId ?? "");
    const keys = derived === undefined ? this.#keys : [...this.#keys, derived];
    const moved = this.#faults.movesBucket && entry.region === this.#other.region;
    const region = moved ? this.#other.region : listener.region;
    const signed = { method, rawPath: target.rawPath, rawQuery: target.rawQuery, headers };
    const auth = authenticate(signed, keys, region, now);
    const operation = operations[entry.operation];
    if (operation === undefined) throw new S3Error("MethodNotAllowed");
    const policy = auth.key.policy ?? this.#policy;
    const values = conditionValues(entry.operation, headers);
    const may = (action: string, resource: string) => allows(policy, action, resource, values);
    const resource = target.key === "" ? target.bucket : `${target.bucket}/${target.key}`;
    if (operation.action !== "" && !may(operation.action, resource)) throw new S3Error("AccessDenied");
    const call: S3Call = {
      method,
      bucket: target.bucket,
      key: target.key,
      query: target.query,
      headers: headers as Record<string, string | undefined>,
      payload: readPayload(raw, headers, auth),
      store: this.#store,
      region,
      now,
      may,
    };
    return operation.run(call);
  }
}
