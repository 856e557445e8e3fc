import { describe, expect, test } from "vitest";
import { readSettings } from "../../../contract/settings.ts";
import type { DeliveryStatus } from "../../shared/delivery-status.ts";
import { type HttpAnswer, healthAnswer, healthRequest, streamHealthAnswer } from "./health-check.ts";
import { type HealthFacts, healthBody } from "./health-status.ts";

/** Shapes from AWS's documentation of each source, shortened to what tells them apart. */
const events = {
  "REST API": {
    resource: "/{proxy+}",
    path: "/health",
    httpMethod: "GET",
    headers: { Host: "id.execute-api.us-east-1.amazonaws.com" },
    multiValueHeaders: { Host: ["id.execute-api.us-east-1.amazonaws.com"] },
    requestContext: { stage: "prod", path: "/prod/health", httpMethod: "GET" },
  },
  "HTTP API": {
    version: "2.0",
    routeKey: "$default",
    rawPath: "/health",
    headers: {},
    requestContext: { stage: "$default", http: { method: "GET", path: "/health" } },
  },
  "HTTP API with a named stage": {
    version: "2.0",
    rawPath: "/prod/health",
    requestContext: { stage: "prod", http: { method: "GET", path: "/prod/health" } },
  },
  "function URL": {
    version: "2.0",
    rawPath: "/health",
    requestContext: {
      stage: "$default",
      domainName: "id.lambda-url.us-west-2.on.aws",
      http: { method: "GET" },
    },
  },
  "load balancer": {
    path: "/health",
    httpMethod: "GET",
    headers: { accept: "*/*" },
    requestContext: { elb: { targetGroupArn: "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/t/1" } },
  },
  "load balancer with multi-value headers": {
    path: "/health",
    httpMethod: "HEAD",
    multiValueHeaders: { accept: ["*/*"] },
    requestContext: { elb: { targetGroupArn: "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/t/1" } },
  },
};

const body = healthBody({
  settings: readSettings({ COVERAGE_S3_BUCKET: "b-b-b" }).settings,
  at: new Date(0),
});

describe("requests for the health check", () => {
  test.each(Object.entries(events))("%s: answered with 200 and the body", (name, event) => {
    const request = healthRequest(event, "/health");
    if (request === undefined) throw new Error("not recognised");
    const answer = healthAnswer(request, body);
    expect(answer).toMatchObject({ statusCode: 200, isBase64Encoded: false });
    if (name.startsWith("load balancer")) expect(answer.statusDescription).toBe("200 OK");
    if (name === "load balancer with multi-value headers") {
      expect(answer.headers).toBeUndefined();
      expect(answer.multiValueHeaders?.["content-type"]).toEqual(["application/json"]);
      expect(answer.body).toBe("");
    } else {
      expect(answer.headers?.["content-type"]).toBe("application/json");
      expect(JSON.parse(answer.body)).toEqual(body);
    }
  });

  test.each(["health", "/health/", "/health"])("the setting %j means the same path", (path) => {
    expect(healthRequest(events["REST API"], path)).toBeDefined();
  });

  test.each([
    ["another path", { ...events["REST API"], path: "/healthy" }],
    ["a path below it", { ...events["REST API"], path: "/health/db" }],
    ["another method", { ...events["REST API"], httpMethod: "POST" }],
    ["no HTTP event", { Records: [], path: "/health" }],
    ["a path in an event of the user's own", { path: "/health", httpMethod: "GET" }],
    ["null", null],
    ["text", "/health"],
    ["hostile types", { requestContext: { stage: {}, http: 7 }, version: "2.0", rawPath: ["/health"] }],
  ])("%s is the user's", (_name, event) => expect(healthRequest(event, "/health")).toBeUndefined());

  test("no path set: nothing is", () => {
    for (const event of Object.values(events)) expect(healthRequest(event, undefined)).toBeUndefined();
  });

  /** https://docs.aws.amazon.com/lambda/latest/dg/config-rs-invoke-furls.html */
  test("streamed: prelude, eight zero bytes, body", () => {
    const chunks: Buffer[] = [];
    let contentType = "";
    let ended = false;
    const answer: HttpAnswer = {
      statusCode: 200,
      headers: { "x-a": "1" },
      body: "{}",
      isBase64Encoded: false,
    };
    streamHealthAnswer(
      {
        setContentType: (type) => {
          contentType = type;
        },
        write: (chunk) => chunks.push(Buffer.from(chunk)),
        end: () => {
          ended = true;
        },
      },
      answer,
    );
    const [prelude, ...rest] = Buffer.concat(chunks).toString("latin1").split("\0".repeat(8));
    expect(contentType).toBe("application/vnd.awslambda.http-integration-response");
    expect(JSON.parse(prelude as string)).toEqual({ statusCode: 200, headers: { "x-a": "1" } });
    expect([rest, ended]).toEqual([["{}"], true]);
  });
});

describe("what health says", () => {
  const { settings } = readSettings({ COVERAGE_S3_BUCKET: "my-bucket" });
  const fine: DeliveryStatus = {
    s3: "ok",
    pendingFiles: 0,
    droppedFiles: 0,
    storedFiles: 1,
    breakerOpen: false,
  };
  const say = (facts: Partial<HealthFacts>) => healthBody({ settings, at: new Date(0), ...facts });
  const denied = {
    code: "AccessDenied",
    message: "Access Denied",
    httpStatus: 403,
    remedy: "allow s3:PutObject on …",
  };

  test("before the first upload S3 is unknown, and nothing is wrong", () => {
    expect(say({})).toEqual({
      status: "healthy",
      coverage_enabled: true,
      layer_version: expect.stringMatching(/^\d+\./),
      s3_config: { bucket: "my-bucket", prefix: "coverage/", status: "unknown" },
      timestamp: "1970-01-01T00:00:00.000Z",
    });
  });

  test.each([
    ["all well", fine, "healthy", undefined],
    [
      "last upload failed",
      { ...fine, s3: "failing", lastError: { code: "Timeout", message: "" } },
      "degraded",
      /Timeout/,
    ],
    ["files pending", { ...fine, pendingFiles: 3 }, "degraded", /3 coverage files/],
    ["files lost", { ...fine, droppedFiles: 1 }, "degraded", /lost/],
    ["breaker open", { ...fine, breakerOpen: true }, "degraded", /paused/],
    [
      "S3 says no",
      { ...fine, s3: "failing", lastError: denied },
      "unhealthy",
      /AccessDenied\): allow s3:PutObject/,
    ],
    [
      "S3 is busy",
      { ...fine, lastError: { code: "SlowDown", message: "", httpStatus: 503 } },
      "degraded",
      /SlowDown/,
    ],
  ] as const)("%s: %s", (_name, delivery, status, named) => {
    const health = say({ delivery });
    expect(health.status).toBe(status);
    const lines = [...(health.errors ?? []), ...(health.warnings ?? [])];
    if (named === undefined) expect(lines).toEqual([]);
    else expect(lines.join()).toMatch(named);
    expect(health.errors === undefined).toBe(status !== "unhealthy");
  });

  test("not collecting is unhealthy, with the reason; off on purpose is not", () => {
    expect(say({ notCollecting: "the agent's thread ended" })).toMatchObject({
      status: "unhealthy",
      coverage_enabled: false,
      errors: ["the agent's thread ended"],
    });
    expect(say({ settings: readSettings({}).settings })).toMatchObject({
      status: "unhealthy",
      errors: ["COVERAGE_S3_BUCKET is not set"],
    });
    expect(say({ offOnPurpose: "COVERAGE_ENABLED is false" })).toMatchObject({
      status: "healthy",
      coverage_enabled: false,
      warnings: ["COVERAGE_ENABLED is false"],
    });
  });
});
