import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import { transformSync } from "esbuild";
import { expect, test } from "vitest";
import { composeMap, mapToOriginal } from "./copy-maps.ts";
import { probe } from "./probe.ts";

const typescript = `export function charge(cents: number): number {
  const fee = cents > 100 ? cents / 50 : 2; if (fee > 9) throw new Error("too dear " + fee);
  return fee;
}
`;
const { code, map } = transformSync(typescript, {
  loader: "ts",
  format: "cjs",
  sourcemap: true,
  sourcefile: "charge.ts",
  minify: true,
});
const probed = probe(code, { kind: "commonjs", counters: { slice: 0, by: "function" } });

/** Line from 1, column from 0. */
function placeOf(text: string, what: string) {
  const before = text.slice(0, text.indexOf(what)).split("\n");
  return { line: before.length, column: before.at(-1)?.length ?? 0 };
}

test.each(["Error(", "throw", "return", "exports"])(
  "%s lies in the copy's map where the original has it",
  (what) => {
    const traced = new TraceMap(mapToOriginal(code, probed, "charge.js"));
    const found = originalPositionFor(traced, placeOf(probed.text, what));
    expect(found).toMatchObject({ source: "charge.js", ...placeOf(code, what) });
  },
);

test("the composed map says of the copy what the original's says of the original", () => {
  const composed = new TraceMap(composeMap(code, probed, map));
  for (const what of ["Error(", "throw", "too dear"]) {
    const wanted = originalPositionFor(new TraceMap(map), placeOf(code, what));
    expect(wanted.source).toBe("charge.ts");
    expect(originalPositionFor(composed, placeOf(probed.text, what))).toEqual(wanted);
  }
});
