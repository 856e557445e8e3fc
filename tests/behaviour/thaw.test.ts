/**
 * Frozen for ten minutes: SIGSTOP, and the wall clock of function, Lambda and S3 is ten minutes on at the thaw.
 * Nothing is lost or stored twice, dead connections are replaced, requests bear the new time and new credentials.
 * @module-tag libfaketime
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseCoverageKey } from "../../src/contract/object-keys.ts";
import { Host, runtimes } from "./host.ts";
import { MovedClock } from "./moved-clock.ts";

const frozenSeconds = 600;
const source = `exports.handler = async ({ env }) => {
  Object.assign(process.env, env);
  return Date.now();
};
`;

describe.each([
  { server: "S3 closed the connection meanwhile", keepAliveTimeoutMs: 100 },
  { server: "S3 knows nothing of the connection's death", keepAliveTimeoutMs: 60_000 },
])("$server", ({ keepAliveTimeoutMs }) => {
  const clock = new MovedClock();
  let host: Host;
  beforeAll(async () => {
    host = await clock.around(() => Host.start({ keepAliveTimeoutMs }));
  });
  afterAll(async () => {
    await host.stop();
    clock.remove();
  });

  async function frozen(sandboxId: string, times: number): Promise<void> {
    const freezes = async () =>
      (await host.eventsOf(sandboxId)).filter(({ kind }) => kind === "freeze").length;
    while ((await freezes()) < times) await sleep(5);
  }

  test.each(runtimes)("$runtime", async (row) => {
    clock.moveTo(0);
    await host.s3.clearRequests();
    const { accessKeyId, secretAccessKey } = host.s3;
    const renewed = { accessKeyId: "AKIARENEWED", secretAccessKey: "renewed", sessionToken: "token" };
    await host.s3.setAccessKeys([{ accessKeyId, secretAccessKey, expiresAt: Date.now() + 300_000 }, renewed]);
    const code = host.newFolder();
    writeFileSync(join(code, "index.js"), source);
    const environment = clock.environment;
    const name = await host.layered({ ...row, code, handler: "index.handler", environment });

    const first = await host.lambda.invoke(name, {});
    const { sandboxId } = first;
    const second = await host.lambda.invoke(name, {});
    await frozen(sandboxId, 2);
    await sleep(keepAliveTimeoutMs === 100 ? 300 : 0);
    clock.moveTo(frozenSeconds);
    // Signed by the old clock, a request would be further off than the 15 minutes that S3 allows.
    await host.s3.setClockOffset(400_000);
    const env = {
      AWS_ACCESS_KEY_ID: renewed.accessKeyId,
      AWS_SECRET_ACCESS_KEY: renewed.secretAccessKey,
      AWS_SESSION_TOKEN: renewed.sessionToken,
    };
    const third = await host.lambda.invoke(name, { env });
    const fourth = await host.lambda.invoke(name, {});
    await host.s3.setClockOffset(0);
    const requests = (await host.s3.requests()).filter(({ method, key }) => method !== "GET" && key !== "");
    await host.s3.setAccessKeys([{ accessKeyId, secretAccessKey }]);

    const times = [first, second, third, fourth].map(({ payload }) => Number(payload));
    expect((times[2] as number) - (times[1] as number)).toBeGreaterThan(frozenSeconds * 1000);
    expect(new Set([first, second, third, fourth].map((result) => result.sandboxId)).size).toBe(1);
    const events = await host.eventsOf(sandboxId);
    expect(events.filter(({ kind }) => kind === "process-start")).toHaveLength(1);

    // Each sandbox has temporary keys of its own.
    const before = expect.stringMatching(/^ASIA/);
    const puts = requests.filter(({ key }) => key.includes(`/${name}-`));
    expect(puts.map(({ status, accessKeyId: by }) => [status, by])).toEqual([
      [200, before],
      [200, before],
      [200, renewed.accessKeyId],
      [200, renewed.accessKeyId],
    ]);
    // What is named by its content is asked for, or put unless it is there.
    const expected = ["NoSuchKey", "PreconditionFailed"];
    expect(
      requests.flatMap(({ errorCode }) => errorCode ?? []).filter((each) => !expected.includes(each)),
    ).toEqual([]);
    const ports = puts.map(({ remotePort }) => remotePort);
    const thawed = requests.indexOf(puts[2] as (typeof puts)[number]);
    const earlier = requests.slice(0, thawed).map(({ remotePort }) => remotePort);
    expect(requests.slice(thawed).filter(({ remotePort }) => earlier.includes(remotePort))).toEqual([]);
    // No other reason to take a fresh one.
    if (keepAliveTimeoutMs > 100) expect(earlier.slice(0, -1)).toContain(ports[1]);

    const files = await host.coverageFiles(name);
    expect(files.map(({ environment: { sequence }, lost }) => [sequence, lost])).toEqual(
      [0, 1, 2, 3].map((sequence) => [sequence, undefined]),
    );
    expect(await host.countAt(files, "index.js", "return Date.now()")).toBe(4);
    const invocations = files.flatMap((file) => file.invocations);
    expect(invocations.map(({ requestId }) => requestId)).toEqual(
      [first, second, third, fourth].map(({ requestId }) => requestId),
    );
    for (const [at, { startedAt, durationMs }] of invocations.entries()) {
      expect(Math.abs(Date.parse(startedAt) - (times[at] as number))).toBeLessThan(60_000);
      expect(durationMs).toBeLessThan(60_000);
    }
    const keyTimes = puts.map(({ key }) => keyTime(key));
    expect((keyTimes[2] as number) - (keyTimes[1] as number)).toBeGreaterThanOrEqual(frozenSeconds * 1000);
    expect((await host.layerLines(name)).map(({ level }) => level)).toEqual(Array(4).fill("INFO"));
  });
});

/** `HHMMSSmmm` of the day in the key's folders. */
function keyTime(key: string): number {
  const { date, executionId } = parseCoverageKey(key) ?? { date: new Date(Number.NaN), executionId: "" };
  const [, hours, minutes, seconds, ms] = /^(\d\d)(\d\d)(\d\d)(\d{3})-/.exec(executionId) ?? [];
  return date.getTime() + ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + Number(ms);
}
