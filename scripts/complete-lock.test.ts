import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { completeLock, type LockFile, missingOptionalPackages } from "./complete-lock.ts";

test("package-lock.json has an entry for every platform package, without which npm ci refuses it", () => {
  const lock = JSON.parse(readFileSync(new URL("../package-lock.json", import.meta.url), "utf8")) as LockFile;
  const names = missingOptionalPackages(lock).map((missing) => missing.name);
  expect(names, "run `npm run lock:complete`").toEqual([]);
});

test("a missing platform package is added with its platform, a nested one is found", () => {
  const lock: LockFile = {
    packages: {
      "": {},
      "node_modules/tool": {
        version: "1.0.0",
        dev: true,
        optionalDependencies: { "tool-linux-x64-musl": "1.0.0", "tool-darwin-arm64": "1.0.0" },
      },
      "node_modules/tool/node_modules/tool-darwin-arm64": { version: "1.0.0", os: ["darwin"] },
    },
  };
  expect(completeLock(lock).map((missing) => missing.name)).toEqual(["tool-linux-x64-musl"]);
  expect(lock.packages["node_modules/tool-linux-x64-musl"]).toEqual({
    version: "1.0.0",
    cpu: ["x64"],
    dev: true,
    libc: ["musl"],
    optional: true,
    os: ["linux"],
  });
});

test("an entry of another version is none: the wanted one is put below the package that asks for it", () => {
  const lock: LockFile = {
    packages: {
      "": {},
      "node_modules/tool": { version: "2.0.0", optionalDependencies: { "tool-darwin-arm64": "2.0.0" } },
      "node_modules/tool-darwin-arm64": { version: "1.0.0", os: ["darwin"] },
      "node_modules/other/node_modules/tool": {
        version: "1.0.0",
        optionalDependencies: { "tool-darwin-arm64": "1.0.0" },
      },
    },
  };
  expect(completeLock(lock)).toEqual([
    { name: "tool-darwin-arm64", version: "2.0.0", askedBy: "node_modules/tool" },
  ]);
  expect(lock.packages["node_modules/tool/node_modules/tool-darwin-arm64"]?.version).toBe("2.0.0");
  expect(lock.packages["node_modules/tool-darwin-arm64"]?.version).toBe("1.0.0");
});
