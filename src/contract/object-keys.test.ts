import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  formatCombinedKey,
  formatCoverageKey,
  formatExecutionId,
  formatLostKey,
  formatMappingKey,
  formatScriptKey,
  formatSumKey,
  isFunctionsKey,
  normalisePrefix,
  parseCoverageKey,
  parseScriptKey,
  sanitiseKeyPart,
} from "./object-keys.ts";

const date = fc.date({ min: new Date("2020-01-01"), max: new Date("2099-12-31"), noInvalidDate: true });
/** What looks like a key's own parts is likelier to confuse a parser than random text. */
const hostile = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc
    .array(
      fc.constantFrom(
        "-",
        ".",
        "/",
        "..",
        "a",
        "123456789",
        "-123456789-",
        ".coverage",
        "2026/01/02/",
        "$LATEST",
        "\0",
        "%2e",
      ),
      {
        maxLength: 8,
      },
    )
    .map((parts) => parts.join("")),
  fc.uuid(),
);
const prefix = fc.constantFrom(
  "",
  "coverage/",
  "coverage",
  "/a/b//",
  "../a/.././b/..",
  "2026/01/02/",
  "x/2026/01/02/f-123456789-a/",
);

describe("coverage keys", () => {
  test("every key that is built is parsed into the parts it was built from", () => {
    fc.assert(
      fc.property(prefix, hostile, hostile, date, fc.nat(20), (before, functionName, requestId, at, n) => {
        const executionId = formatExecutionId(at, requestId, n);
        const key = formatCoverageKey({ prefix: before, functionName, executionId, date: at });
        expect(parseCoverageKey(key)).toEqual({
          prefix: normalisePrefix(before),
          functionName: sanitiseKeyPart(functionName),
          executionId,
          date: new Date(`${at.toISOString().slice(0, 10)}T00:00:00Z`),
        });
      }),
      { numRuns: 2000 },
    );
  });

  test("no name steers a key: it stays in its day's folder, of printable characters", () => {
    fc.assert(
      fc.property(hostile, hostile, date, (functionName, executionId, at) => {
        const key = formatCoverageKey({ prefix: "coverage/", functionName, executionId, date: at });
        const day = at.toISOString().slice(0, 10).replaceAll("-", "/");
        expect(key).toMatch(new RegExp(`^coverage/${day}/[A-Za-z0-9._$-]+\\.coverage$`));
        expect(key).not.toContain("..");
        expect(Buffer.byteLength(key)).toBeLessThanOrEqual(1024);
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    ["/../coverage-scripts/../x/", "coverage-scripts/x/"],
    ["./a/..b/.c/...", "a/..b/.c/.../"],
    ["..", ""],
    ["/a//b//", "a//b/"],
  ])("the prefix %s is used as %s", (given, used) => {
    expect(normalisePrefix(given)).toBe(used);
  });

  test("files of one request never share a key, however long its id", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 400 }), fc.nat(50), fc.nat(50), date, (requestId, a, b, at) => {
        fc.pre(a !== b);
        const key = (n: number) =>
          formatCoverageKey({
            prefix: "",
            functionName: "f",
            executionId: formatExecutionId(at, requestId, n),
            date: at,
          });
        expect(key(a)).not.toBe(key(b));
      }),
    );
  });

  test("the spec's shape", () => {
    const at = new Date("2024-01-15T10:30:00.123Z");
    const executionId = formatExecutionId(at, "8f3a0d6e-0000-4000-8000-000000000001", 2);
    expect(
      formatCoverageKey({ prefix: "coverage", functionName: "my-function", executionId, date: at }),
    ).toBe("coverage/2024/01/15/my-function-103000123-8f3a0d6e-0000-4000-8000-000000000001-2.coverage");
  });

  test.each([
    "coverage/2024/02/31/f-103000123-a.coverage",
    "coverage/2024/13/01/f-103000123-a.coverage",
    "coverage/2024/01/15/f.coverage",
    "coverage/combined/2024-01-15T103000Z.json",
    "coverage-scripts/x.json",
  ])("%s is no coverage key", (key) => expect(parseCoverageKey(key)).toBeUndefined());
});

test("script keys round-trip; nothing else is one", () => {
  const sha256 = "0123456789abcdef".repeat(4);
  expect(parseScriptKey(formatScriptKey(sha256))).toBe(sha256);
  for (const key of [
    `coverage-scripts/${sha256}`,
    `x/coverage-scripts/${sha256}.json`,
    "coverage-scripts/../a.json",
  ]) {
    expect(parseScriptKey(key)).toBeUndefined();
  }
});

test("combined reports are never taken for coverage files", () => {
  const key = formatCombinedKey("coverage/", new Date("2024-01-15T10:30:00Z"));
  expect(key).toBe("coverage/combined/2024-01-15T103000Z.json");
  expect(parseCoverageKey(key)).toBeUndefined();
});

test("functions may put coverage files and lost records, at keys of their own; not sums, mappings, reports", () => {
  fc.assert(
    fc.property(prefix, hostile, hostile, date, fc.nat(20), (before, functionName, requestId, at, n) => {
      const executionId = formatExecutionId(at, requestId, n);
      const key = formatCoverageKey({ prefix: before, functionName, executionId, date: at });
      const lost = formatLostKey(key, n);
      expect(parseCoverageKey(lost)).toMatchObject({
        functionName: sanitiseKeyPart(functionName),
        date: parseCoverageKey(key)?.date,
      });
      expect(lost).not.toBe(key);
      expect([key, lost].map(isFunctionsKey)).toEqual([true, true]);
    }),
  );
  for (const key of [
    formatSumKey("coverage/", new Date(), "x"),
    formatCombinedKey("coverage/", new Date()),
    formatMappingKey("0".repeat(64), 1),
  ]) {
    expect(isFunctionsKey(key)).toBe(false);
  }
});
