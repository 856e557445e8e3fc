import { expect, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { layerVersion } from "./version.ts";

test("one version: the constant is package.json's", () => {
  expect(layerVersion).toBe(manifest.version);
});
