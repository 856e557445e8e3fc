import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface AwsRequest {
  /** From the signature: lambda, s3, iam, ec2. */
  service: string;
  method: string;
  url: URL;
  /** The query protocol's form, for iam and ec2. */
  form: URLSearchParams;
}

export interface AwsAnswer {
  status?: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

/** One loopback endpoint for several AWS services; what it answers is the test's. */
export async function startAwsEndpoint(answer: (request: AwsRequest) => AwsAnswer) {
  const server = createServer(async (incoming, response) => {
    const { status = 200, headers = {}, body = "" } = answer(await parse(incoming));
    response.writeHead(status, headers);
    response.end(incoming.method === "HEAD" ? undefined : body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function parse(incoming: IncomingMessage): Promise<AwsRequest> {
  const scope = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(incoming.headers.authorization ?? "");
  return {
    service: scope?.[1] ?? "?",
    method: incoming.method ?? "",
    url: new URL(incoming.url ?? "/", "http://aws"),
    form: new URLSearchParams(await text(incoming)),
  };
}
