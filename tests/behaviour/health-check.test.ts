/** COVERAGE_HEALTH_CHECK_PATH: the layer answers, the user's handler never runs, everything else is the user's. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { bucket, Host, runtimes } from "./host.ts";

const source = `
const wrap = process.env.IN_CODE ? require("lambda-coverage-layer").coverageHandler : (handler) => handler;
exports.async = wrap(async (event) => "user " + (event.path ?? event.rawPath));
exports.sync = wrap((event) => "user " + (event.path ?? event.rawPath));
exports.callback = wrap((event, context, callback) => callback(null, "user " + event.path));
exports.streamed = wrap(awslambda.streamifyResponse(async (event, stream) => {
  stream.write("user " + event.rawPath);
  stream.end();
}));
`;

const requestTo = (path: string) => ({
  path,
  rawPath: path,
  version: "2.0",
  requestContext: { stage: "$default", http: { method: "GET", path } },
});
const environment = { COVERAGE_HEALTH_CHECK_PATH: "/health" };

let host: Host;
let code: string;
beforeAll(async () => {
  host = await Host.start();
  code = host.newFolder();
  writeFileSync(join(code, "index.js"), source);
});
afterEach(() => host.s3.setPolicy());
afterAll(() => host.stop());

describe.each(runtimes)("$runtime", ({ runtime, client }) => {
  // Line 3 takes no result from a handler that returns no promise; line 4 has no callbacks.
  const handlers = ["async", client === 3 ? "callback" : "sync"];
  const create = (handler: string, inCode: boolean, more: Record<string, string> = {}): Promise<string> => {
    const config = { code, handler: `index.${handler}`, runtime, client, memoryMb: 512 };
    const variables = { ...environment, ...more };
    return inCode
      ? host.wrappedInCode({ ...config, environment: { IN_CODE: "1", ...variables } })
      : host.layered({ ...config, environment: variables });
  };

  test.each(handlers.flatMap((handler) => [false, true].map((inCode) => ({ handler, inCode }))))(
    "$handler handler, wrapped in code: $inCode",
    async ({ handler, inCode }) => {
      const name = await create(handler, inCode);
      const user = await host.lambda.invoke(name, requestTo("/orders"));
      expect(JSON.parse(user.payload)).toBe("user /orders");
      const health = JSON.parse((await host.lambda.invoke(name, requestTo("/health"))).payload);
      expect(health).toMatchObject({ statusCode: 200, headers: { "content-type": "application/json" } });
      expect(JSON.parse(health.body)).toMatchObject({
        status: "healthy",
        coverage_enabled: true,
        layer_version: expect.any(String),
        s3_config: { bucket, prefix: "coverage/", status: "ok" },
      });
    },
  );

  test("streamed: the prelude that function URLs read, then the body", async () => {
    const name = await create("streamed", false);
    expect((await host.lambda.invoke(name, requestTo("/orders"))).payload).toBe("user /orders");
    const answer = await host.lambda.invoke(name, requestTo("/health"));
    expect(answer.contentType).toBe("application/vnd.awslambda.http-integration-response");
    const [prelude, body] = answer.payload.split("\0".repeat(8));
    expect(JSON.parse(prelude as string)).toMatchObject({ statusCode: 200 });
    expect(JSON.parse(body as string)).toMatchObject({ status: "healthy" });
  });

  test("no permission to store: unhealthy, with the action to allow", async () => {
    const name = await create("async", false);
    await host.s3.setPolicy({ allow: [] });
    await host.lambda.invoke(name, requestTo("/orders"));
    const health = JSON.parse((await host.lambda.invoke(name, requestTo("/health"))).payload);
    expect(health.statusCode).toBe(200);
    expect(JSON.parse(health.body)).toMatchObject({
      status: "unhealthy",
      errors: [expect.stringContaining(`allow s3:PutObject on arn:aws:s3:::${bucket}/coverage/`)],
    });
  });

  test("no bucket: nothing is collected, and the health check says so", async () => {
    const name = await create("async", false, { COVERAGE_S3_BUCKET: "" });
    expect(JSON.parse((await host.lambda.invoke(name, requestTo("/orders"))).payload)).toBe("user /orders");
    const health = JSON.parse((await host.lambda.invoke(name, requestTo("/health"))).payload);
    expect(JSON.parse(health.body)).toMatchObject({
      status: "unhealthy",
      coverage_enabled: false,
      errors: ["COVERAGE_S3_BUCKET is not set"],
    });
  });

  test("no path set: every request is the user's", async () => {
    const name = await create("async", false, { COVERAGE_HEALTH_CHECK_PATH: "" });
    expect(JSON.parse((await host.lambda.invoke(name, requestTo("/health"))).payload)).toBe("user /health");
  });
});
