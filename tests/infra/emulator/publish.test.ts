/** Releases against somebody else's layer API: the emulator's. */
import { LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readArchive } from "../../../src/release/layer-archive.ts";
import { listLayer } from "../../../src/release/list-layer.ts";
import { publishLayer } from "../../../src/release/publish-layer.ts";
import { parseShare } from "../../../src/release/share.ts";
import { type Emulator, startEmulator } from "./ministack.ts";

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator?.stop());

const client = (region: string) =>
  new LambdaClient({
    region,
    endpoint: emulator.endpoint,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  });

test("publish, again, with another share, list", async () => {
  const archive = readArchive("nodejs");
  const layerName = "lambda-coverage-layer";
  const regions = ["us-east-1", "eu-west-1"];
  const release = (shares: string[]) =>
    publishLayer({ archive, layerName, regions, client, shares: shares.map(parseShare) });
  expect((await release([])).map((it) => [it.state, it.version])).toEqual([
    ["published", 1],
    ["published", 1],
  ]);
  expect((await release(["111122223333"])).map((it) => [it.state, it.version])).toEqual([
    ["present", 1],
    ["present", 1],
  ]);
  const listed = await listLayer({
    layerName,
    regions: [...regions, "sa-east-1"],
    client,
    codeSha256: archive.codeSha256,
  });
  expect(listed).toMatchObject([{ isCurrent: true }, { isCurrent: true }, { region: "sa-east-1" }]);
  expect(listed[2]?.latest).toBeUndefined();
});
