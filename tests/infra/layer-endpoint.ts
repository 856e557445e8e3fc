import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/**
 * Lambda's layer API on loopback (https://docs.aws.amazon.com/lambda/latest/api/API_PublishLayerVersion.html and
 * its neighbours), one store per region of the request's signature, with faults on demand.
 */
export interface LayerEndpoint {
  endpoint: string;
  regions: Map<string, RegionLayers>;
  /** Every request as `region Operation`, in order. */
  requests: string[];
  /** Asked before each request: a fault, or undefined to go on. */
  fault: (region: string, operation: string) => Fault | undefined;
  stop(): Promise<void>;
}

/** `afterwards`: the request is carried out, but its answer is lost. */
export interface Fault {
  status?: number;
  code?: string;
  message?: string;
  afterwards?: boolean;
}

interface LayerVersion {
  version: number;
  body: Record<string, unknown>;
  codeSha256: string;
  policy: Record<string, unknown>[];
}

export interface RegionLayers {
  /** Goes on counting after deletions, as Lambda does. */
  counter: number;
  versions: LayerVersion[];
}

export async function startLayerEndpoint(): Promise<LayerEndpoint> {
  const state = {
    regions: new Map<string, RegionLayers>(),
    requests: [] as string[],
    fault: (() => undefined) as LayerEndpoint["fault"],
  };
  const server = createServer((request, response) => {
    answer(state as LayerEndpoint, request, response).catch((error) => response.destroy(error));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(state, {
    endpoint: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  });
}

const route = /^\/2018-10-31\/layers\/([^/]+)\/versions(?:\/(\d+))?(\/policy)?$/;

async function answer(
  state: LayerEndpoint,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const region =
    /Credential=[^/]+\/\d+\/([^/]+)\/lambda\//.exec(request.headers.authorization ?? "")?.[1] ?? "?";
  const match = route.exec(new URL(request.url ?? "/", "http://lambda").pathname);
  if (match === null) return send(response, 404, { message: `no such path ${request.url}` }, "PathNotFound");
  const operation = operationOf(request.method ?? "", match);
  state.requests.push(`${region} ${operation}`);
  const body = await buffer(request);
  const fault = state.fault(region, operation);
  if (fault !== undefined && fault.afterwards !== true) return fail(response, fault);
  const layers = state.regions.get(region) ?? { counter: 0, versions: [] };
  state.regions.set(region, layers);
  const result = handle(layers, operation, { region, name: match[1] ?? "", version: Number(match[2]), body });
  if (fault !== undefined) return fail(response, fault);
  if (result === undefined) return send(response, 404, { message: "not found" }, "ResourceNotFoundException");
  send(response, 200, result);
}

function operationOf(method: string, match: RegExpExecArray): string {
  if (match[3] !== undefined)
    return method === "POST" ? "AddLayerVersionPermission" : "GetLayerVersionPolicy";
  if (match[2] === undefined) return method === "POST" ? "PublishLayerVersion" : "ListLayerVersions";
  return method === "DELETE" ? "DeleteLayerVersion" : "GetLayerVersion";
}

interface Call {
  region: string;
  name: string;
  version: number;
  body: Buffer;
}

function handle(layers: RegionLayers, operation: string, call: Call): object | undefined {
  const found = layers.versions.find((it) => it.version === call.version);
  const describe = (it: LayerVersion) => describeVersion(it, call);
  if (operation === "ListLayerVersions")
    return { LayerVersions: [...layers.versions].reverse().map(describe).slice(0, 1) };
  if (operation === "PublishLayerVersion") return describe(publish(layers, JSON.parse(call.body.toString())));
  if (found === undefined) return undefined;
  if (operation === "GetLayerVersion") return describe(found);
  if (operation === "DeleteLayerVersion") {
    layers.versions = layers.versions.filter((it) => it !== found);
    return {};
  }
  if (operation === "AddLayerVersionPermission") {
    const wanted = JSON.parse(call.body.toString());
    found.policy.push({ Sid: wanted.StatementId, ...wanted });
    return { Statement: JSON.stringify(wanted), RevisionId: "1" };
  }
  return found.policy.length === 0
    ? undefined
    : { Policy: JSON.stringify({ Statement: found.policy }), RevisionId: "1" };
}

function publish(layers: RegionLayers, body: { Content: { ZipFile: string } }): LayerVersion {
  const zip = Buffer.from(body.Content.ZipFile, "base64");
  const codeSha256 = createHash("sha256").update(zip).digest("base64");
  const version: LayerVersion = { version: ++layers.counter, body, codeSha256, policy: [] };
  layers.versions.push(version);
  return version;
}

function describeVersion({ version, body, codeSha256 }: LayerVersion, { region, name }: Call) {
  const { Content, ...rest } = body;
  return {
    ...rest,
    Version: version,
    CreatedDate: "2026-11-20T10:00:00.000+0000",
    LayerVersionArn: `arn:aws:lambda:${region}:111122223333:layer:${name}:${version}`,
    Content: {
      CodeSha256: codeSha256,
      CodeSize: Buffer.from(String((Content as { ZipFile: string }).ZipFile), "base64").length,
    },
  };
}

function fail(response: ServerResponse, { status, code, message }: Fault): void {
  if (status === undefined) response.destroy();
  else send(response, status, { message: message ?? code }, code);
}

function send(response: ServerResponse, status: number, body: object, code?: string): void {
  response.writeHead(status, {
    "content-type": "application/json",
    ...(code === undefined ? {} : { "x-amzn-errortype": code }),
  });
  response.end(JSON.stringify(body));
}
