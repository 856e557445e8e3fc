import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  GetFunctionConfigurationCommand,
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  LambdaClient,
  ListFunctionsCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import {
  type LocalFunctionConfig,
  type LocalLambda,
  type LocalS3,
  startLocalLambda,
  startLocalS3,
} from "../index.ts";

const fixtures = fileURLToPath(new URL("../fixtures", import.meta.url));
const layer = `${fixtures}/layer`;

test("without namespaces the paths in the environment lead to the sandbox's folders", async () => {
  const lambda = await startLocalLambda({ transport: "own", isolation: "rewritten" });
  try {
    const environment = { AWS_LAMBDA_EXEC_WRAPPER: "/opt/wrapper" };
    const common = { runtime: "nodejs24.x" as const, code: fixtures, layers: [layer], environment };
    await lambda.createFunction({ ...common, name: "rewritten", handler: "phases.surroundings" });
    const { payload } = await lambda.invoke("rewritten", {});
    const seen = JSON.parse(payload) as { FROM_WRAPPER: string; LAMBDA_TASK_ROOT: string; file: string };
    expect(seen.FROM_WRAPPER).toBe("yes");
    expect(seen.file).toBe(`${seen.LAMBDA_TASK_ROOT}/phases.mjs`);
    expect(seen.LAMBDA_TASK_ROOT).not.toBe("/var/task");
  } finally {
    await lambda.stop();
  }
});

test("the sandbox that is idle for longest is shut down when there are too many", async () => {
  const lambda = await startLocalLambda({ transport: "own", maxIdleSandboxes: 2 });
  try {
    const config = { runtime: "nodejs24.x" as const, code: fixtures, handler: "phases.tmp" };
    await lambda.createFunction({ ...config, name: "many" });
    const first = await lambda.invoke("many", {}, { sandbox: "new" });
    const second = await lambda.invoke("many", {}, { sandbox: "new" });
    await lambda.invoke("many", {}, { sandbox: first.sandboxId });
    await lambda.invoke("many", {}, { sandbox: "new" });
    const gone = (await lambda.sandboxes("many")).filter(({ state }) => state === "shutdown");
    expect(gone.map(({ sandboxId }) => sandboxId)).toEqual([second.sandboxId]);
  } finally {
    await lambda.stop();
  }
});

test.each(["SIGTERM", "SIGKILL"] as const)(
  "a host that gets %s takes its frozen sandboxes with it",
  { tags: "namespaces" },
  async (signal) => {
    const lambda = await startLocalLambda({ transport: "own" });
    const config = { runtime: "nodejs24.x" as const, code: fixtures, handler: "phases.tmp" };
    await lambda.createFunction({ ...config, name: "left-behind" });
    await lambda.invoke("left-behind", {});
    const [sandbox] = await lambda.sandboxes();
    process.kill(lambda.pid, signal);
    await vi.waitFor(() => expect(() => process.kill(sandbox!.pid!, 0)).toThrow(/ESRCH/), {
      timeout: 20_000,
    });
    // A killed host cannot clear up after itself.
    rmSync(join(sandbox!.tmp, "../../.."), { recursive: true, force: true });
  },
);

describe("a function on the own transport", () => onTransport("own"));
describe("a function on the addon transport", { tags: "addon" }, () => onTransport("addon"));

function onTransport(transport: "own" | "addon"): void {
  let s3: LocalS3;
  let lambda: LocalLambda;
  let count = 0;

  beforeAll(async () => {
    s3 = await startLocalS3({ buckets: ["bucket"] });
    lambda = await startLocalLambda({ s3, transport });
  });

  afterAll(async () => {
    await lambda?.stop();
    await s3?.stop();
  });

  async function create(handler: string, more: Partial<LocalFunctionConfig> = {}): Promise<string> {
    const name = `${handler.split(".")[1]}-${count++}`;
    await lambda.createFunction({ name, runtime: "nodejs24.x", code: fixtures, handler, ...more });
    return name;
  }

  const eventsOf = async (sandboxId: string) =>
    (await lambda.events({ sandboxId })).map(({ kind, detail }) =>
      kind === "log" || kind === "kill" ? `${kind} ${detail?.split("\t").at(-1)}` : kind,
    );

  test("freezes between invocations: a timer fires after the thaw", async () => {
    const name = await create("phases.timer");
    const { sandboxId } = await lambda.invoke(name, {});
    await new Promise((resolve) => setTimeout(resolve, 800));
    expect(await eventsOf(sandboxId)).toEqual([
      "sandbox-start",
      "process-start",
      "runtime-next",
      "invoke",
      "response",
      "runtime-next",
      "freeze",
    ]);
    await lambda.invoke(name, {}, { sandbox: sandboxId });
    const events = await eventsOf(sandboxId);
    expect(events.indexOf("log tick")).toBeGreaterThan(events.indexOf("thaw"));
  });

  test("sees /var/task, its layers and exec wrapper, and its own variables", {
    tags: "namespaces",
  }, async () => {
    const environment = { AWS_LAMBDA_EXEC_WRAPPER: "/opt/wrapper", OWN: "set" };
    const name = await create("phases.surroundings", { runtime: "nodejs22.x", layers: [layer], environment });
    const { payload } = await lambda.invoke(name, {});
    expect(JSON.parse(payload)).toMatchObject({
      _HANDLER: "phases.surroundings",
      LAMBDA_TASK_ROOT: "/var/task",
      FROM_WRAPPER: "yes",
      AWS_EXECUTION_ENV: "AWS_Lambda_nodejs22.x",
      OWN: "set",
      layer: true,
      args: expect.arrayContaining(["--no-experimental-require-module", "--no-experimental-detect-module"]),
    });
  });

  test("has a /tmp of its own that outlives its process", { tags: "namespaces" }, async () => {
    const name = await create("phases.tmp");
    const first = await lambda.invoke(name, { write: "mine" });
    await lambda.signalRuntime(first.sandboxId, "SIGKILL");
    const again = await lambda.invoke(name, {}, { sandbox: first.sandboxId });
    const other = await lambda.invoke(name, {}, { sandbox: "new" });
    expect(JSON.parse(again.payload).before).toBe("mine");
    expect(JSON.parse(other.payload).before).toBeNull();
    expect(JSON.parse(again.payload).pid).not.toBe(JSON.parse(first.payload).pid);
  });

  test("is killed at its deadline, spinning or not, and starts anew in its sandbox", async () => {
    const name = await create("phases.spin", { timeoutSeconds: 2 });
    const spun = await lambda.invoke(name, { forever: true, kept: "before the timeout" });
    expect(spun).toMatchObject({ timedOut: true, functionError: "Unhandled" });
    expect(JSON.parse(spun.payload)).toEqual({
      errorType: "Sandbox.Timedout",
      errorMessage: `RequestId: ${spun.requestId} Error: Task timed out after 2.00 seconds`,
    });
    const next = await lambda.invoke(name, {}, { sandbox: spun.sandboxId });
    expect(JSON.parse(next.payload).kept).toBe("before the timeout");
    expect((await eventsOf(spun.sandboxId)).filter((kind) => kind === "process-start")).toHaveLength(2);
  });

  test("is held by its extension, after the response, before the freeze", async () => {
    const name = await create("extension.handler");
    const result = await lambda.invoke(name, { holdMs: 30 });
    expect(result).toMatchObject({ payload: '"answered"', timedOut: false });
    const events = await eventsOf(result.sandboxId);
    expect(events).toEqual(expect.arrayContaining(["extension-register", "extension-next"]));
    expect(events.indexOf("log released")).toBeGreaterThan(events.indexOf("response"));
    expect(events.at(-1)).toBe("freeze");
    await lambda.shutdown(result.sandboxId);
    const ending = (await eventsOf(result.sandboxId)).slice(events.length);
    expect(ending).toEqual(expect.arrayContaining(["thaw", "kill SIGTERM", "log asked to end"]));
  });

  test("times out where its extension holds past the deadline, answered or not", async () => {
    const name = await create("extension.handler", { timeoutSeconds: 1 });
    const result = await lambda.invoke(name, {});
    expect(result).toMatchObject({ timedOut: true, functionError: "Unhandled", answered: '"answered"' });
  });

  test("that ends itself fails in Lambda's words", async () => {
    const name = await create("phases.end");
    const exited = await lambda.invoke(name, { code: 3 });
    expect(JSON.parse(exited.payload)).toEqual({
      errorType: "Runtime.ExitError",
      errorMessage: `RequestId: ${exited.requestId} Error: Runtime exited with error: exit status 3`,
    });
    const killed = await lambda.invoke(name, { signal: "SIGKILL" });
    expect(JSON.parse(killed.payload).errorMessage).toMatch(/Runtime exited with error: signal: killed$/);
    expect(await lambda.logs(name)).toContain("Runtime.ExitError");
  });

  test("that grows beyond its memory is killed, where that is asked for", async () => {
    const name = await create("phases.grow", { memoryMb: 128, enforceMemory: true, timeoutSeconds: 20 });
    const result = await lambda.invoke(name, { megabytes: 200 });
    expect(JSON.parse(result.payload).errorMessage).toMatch(/signal: killed$/);
    expect(result.maxMemoryBytes).toBeGreaterThan(128 * 1024 * 1024);
  });

  test("that fails at load is started twice, and says why", async () => {
    const name = await create("broken.handler");
    const result = await lambda.invoke(name, {});
    expect(result.functionError).toBe("Unhandled");
    expect(JSON.parse(result.payload)).toMatchObject({ errorType: "TypeError", errorMessage: "cannot load" });
    const events = await eventsOf(result.sandboxId);
    expect(events.filter((kind) => kind === "init-error")).toHaveLength(2);
  });

  test("runs in as many sandboxes as there are calls at once", async () => {
    const name = await create("phases.tmp");
    const results = await Promise.all([1, 2, 3].map(() => lambda.invoke(name, {})));
    expect(new Set(results.map((result) => result.sandboxId)).size).toBe(3);
    const reused = await lambda.invoke(name, {});
    expect(results.map((result) => result.sandboxId)).toContain(reused.sandboxId);
  });

  test("reaches S3 with credentials of its own, and its requests are among its events", async () => {
    const name = await create("s3.handler", { timeoutSeconds: 10 });
    const result = await lambda.invoke(name, { Bucket: "bucket", Key: "a/b" });
    expect(result.payload).toBe('"stored"');
    const events = await lambda.events({ sandboxId: result.sandboxId });
    const order = events.filter(({ kind }) => ["invoke", "s3", "response"].includes(kind));
    expect(order.map(({ kind, detail }) => `${kind} ${detail ?? ""}`.trim())).toEqual([
      "invoke",
      "s3 PUT bucket/a/b 200",
      "response",
    ]);
  });

  test("streams, and breaks off in mid-stream", async () => {
    const name = await create("phases.stream");
    expect(await lambda.invoke(name, {})).toMatchObject({ payload: "one two", contentType: "text/plain" });
    const broken = await lambda.invoke(name, { failAfter: true });
    expect(broken).toMatchObject({ payload: "one ", functionError: "Unhandled" });
  });

  test("runs on the older client line with the same results", async () => {
    const name = await create("phases.fail", { client: 3, runtime: "nodejs22.x" });
    const { payload } = await lambda.invoke(name, {});
    expect(JSON.parse(payload)).toMatchObject({ errorType: "RangeError", errorMessage: "no such order" });
  });

  describe("by the AWS SDK", () => {
    let client: LambdaClient;
    beforeAll(() => {
      const credentials = { accessKeyId: "any", secretAccessKey: "any" };
      client = new LambdaClient({
        endpoint: lambda.endpoint,
        region: "us-east-1",
        credentials,
        maxAttempts: 1,
      });
    });
    afterAll(() => client.destroy());

    test("is invoked, with its log's tail and its errors", async () => {
      const FunctionName = await create("phases.fail");
      const answer = await client.send(new InvokeCommand({ FunctionName, LogType: "Tail", Payload: "{}" }));
      expect(answer).toMatchObject({
        StatusCode: 200,
        FunctionError: "Unhandled",
        ExecutedVersion: "$LATEST",
      });
      expect(JSON.parse(answer.Payload!.transformToString()).errorMessage).toBe("no such order");
      const tail = Buffer.from(answer.LogResult!, "base64").toString();
      expect(tail).toMatch(/^START RequestId[\s\S]*RangeError[\s\S]*END RequestId[\s\S]*REPORT RequestId/);
    });

    test("streams part by part", async () => {
      const FunctionName = await create("phases.stream");
      const answer = await client.send(new InvokeWithResponseStreamCommand({ FunctionName, Payload: "{}" }));
      const parts: string[] = [];
      for await (const event of answer.EventStream!) {
        if (event.PayloadChunk) parts.push(Buffer.from(event.PayloadChunk.Payload!).toString());
        if (event.InvokeComplete) parts.push("complete");
      }
      expect(parts).toEqual(["one ", "two", "complete"]);
    });

    test("is described and listed; an unknown one is not found", async () => {
      const FunctionName = await create("phases.tmp", { memoryMb: 256 });
      const found = await client.send(new GetFunctionConfigurationCommand({ FunctionName }));
      expect(found).toMatchObject({ FunctionName, Runtime: "nodejs24.x", MemorySize: 256, Timeout: 3 });
      const { Functions = [] } = await client.send(new ListFunctionsCommand({}));
      expect(Functions.map((fn) => fn.FunctionName)).toContain(FunctionName);
      const unknown = client.send(new InvokeCommand({ FunctionName: "unknown" }));
      await expect(unknown).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    });
  });
}
