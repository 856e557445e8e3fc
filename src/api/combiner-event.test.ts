import { describe, expect, test } from "vitest";
import { combinerRequest } from "./combiner-event.ts";

const env = { COVERAGE_S3_BUCKET: "own-bucket", COVERAGE_S3_PREFIX: "own/" };

describe("what an event asks the combiner for", () => {
  test("a direct event, in the spec's names", () => {
    const event = {
      bucket: "my-bucket",
      prefix: "coverage/2024/01/15/",
      output_key: "coverage/combined/x.json",
    };
    expect(combinerRequest(event, env)).toEqual({
      bucket: "my-bucket",
      prefix: "coverage/2024/01/15/",
      outputKey: "coverage/combined/x.json",
    });
  });

  /** https://docs.aws.amazon.com/eventbridge/latest/ref/events-structure.html */
  const eventBridge = {
    version: "0",
    id: "fe8d3c65-xmpl-c5c3-2c87-81584709a377",
    "detail-type": "Scheduled Event",
    source: "aws.events",
    account: "123456789012",
    time: "2026-11-20T07:20:20Z",
    region: "us-east-2",
    resources: ["arn:aws:events:us-east-2:123456789012:rule/rule"],
    detail: {},
  };

  test("a schedule of EventBridge: the environment's bucket and prefix", () => {
    expect(combinerRequest(eventBridge, env)).toEqual({ bucket: "own-bucket", prefix: "own/" });
  });

  test("an own event through EventBridge", () => {
    const event = {
      ...eventBridge,
      "detail-type": "combine",
      detail: { bucket: "other-bucket", prefix: "p/" },
    };
    expect(combinerRequest(event, env)).toEqual({ bucket: "other-bucket", prefix: "p/" });
  });

  /** https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html */
  test("S3 through EventBridge: its bucket", () => {
    const detail = {
      version: "0",
      bucket: { name: "amzn-s3-demo-bucket" },
      object: { key: "coverage/a.coverage" },
    };
    const event = { ...eventBridge, "detail-type": "Object Created", source: "aws.s3", detail };
    expect(combinerRequest(event, env)).toEqual({ bucket: "amzn-s3-demo-bucket", prefix: "own/" });
  });

  /** https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
  test("an S3 notification: its bucket", () => {
    const s3 = {
      s3SchemaVersion: "1.0",
      bucket: { name: "amzn-s3-demo-bucket" },
      object: { key: "coverage/a.coverage" },
    };
    const event = { Records: [{ eventVersion: "2.1", eventSource: "aws:s3", s3 }] };
    expect(combinerRequest(event, env)).toEqual({ bucket: "amzn-s3-demo-bucket", prefix: "own/" });
  });

  test.each([undefined, null, "text", 7, [], {}, { prefix: "" }])("%j: the environment's", (event) => {
    expect(combinerRequest(event, env)).toEqual({ bucket: "own-bucket", prefix: "own/" });
  });

  test("where to go on", () => {
    const event = { bucket: "b-b", resume_key: "coverage/sums/x.coverage", start_after: "coverage/2026/a" };
    expect(combinerRequest(event, {})).toMatchObject({
      resumeKey: "coverage/sums/x.coverage",
      startAfter: "coverage/2026/a",
    });
  });

  test("what cannot be is an error with a code", () => {
    expect(() => combinerRequest({ bucket: 7 }, env)).toThrow(
      expect.objectContaining({ code: "InvalidEvent" }),
    );
    expect(() => combinerRequest({ prefix: "x".repeat(2000) }, env)).toThrow(
      expect.objectContaining({ code: "InvalidEvent" }),
    );
    expect(() => combinerRequest({}, {})).toThrow(expect.objectContaining({ code: "BucketMissing" }));
  });
});
