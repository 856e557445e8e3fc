/** Copies and maps for an error tracker: one debug id for both, and not the original's. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import { transformSync } from "esbuild";
import { afterAll, expect, test } from "vitest";
import { copyPath } from "../contract/probe-manifest.ts";
import { planProbes, type UploadMap } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "upload-maps-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const originalId = "0b62d6b1-1b2c-4f7e-9a63-6f3f3d1c7a11";
const typescript =
  "export const handler = async (n: number) => {\n  if (n > 3) throw new Error('too many');\n};\n";
const { code, map } = transformSync(typescript, {
  loader: "ts",
  format: "cjs",
  minify: true,
  sourcemap: true,
  sourcefile: "handler.ts",
});

async function uploadsOf(text: string): Promise<{ upload: UploadMap; copy: string }> {
  writeFileSync(join(folder, "index.js"), text);
  const uploads: UploadMap[] = [];
  const { manifest, contents } = await planProbes(folder, { onMap: (upload) => uploads.push(upload) });
  const copy = contents.get(copyPath(manifest.files[0]?.copy ?? "")) ?? new Uint8Array();
  expect(uploads).toHaveLength(1);
  return { upload: uploads[0] as UploadMap, copy: Buffer.from(copy).toString() };
}

test("a debug id that the bundle has is replaced where it stands, and the map leads from the copy to the sources", async () => {
  writeFileSync(join(folder, "index.js.map"), map);
  const snippet = `;(globalThis._sentryDebugIds??={})[Error().stack]="${originalId}";globalThis.i="sentry-dbid-${originalId}";`;
  const { upload, copy } = await uploadsOf(
    `${code.trimEnd()}\n${snippet}\n//# sourceMappingURL=index.js.map\n`,
  );
  expect(copy).not.toContain(originalId);
  expect(copy.split(upload.debugId)).toHaveLength(3);
  expect(upload.text).toBe(copy);
  const before = copy.slice(0, copy.indexOf("Error(")).split("\n");
  const at = { line: before.length, column: before.at(-1)?.length ?? 0 };
  expect(originalPositionFor(new TraceMap(upload.map), at)).toMatchObject({ source: "handler.ts", line: 2 });
});

test("a bundle without one gets it as a comment; equal bundles get equal ids", async () => {
  rmSync(join(folder, "index.js.map"), { force: true });
  const { upload, copy } = await uploadsOf(code);
  expect(copy.endsWith(`\n//# debugId=${upload.debugId}\n`)).toBe(true);
  expect(upload.debugId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect((await uploadsOf(code)).upload.debugId).toBe(upload.debugId);
  expect((await uploadsOf(`${code};0`)).upload.debugId).not.toBe(upload.debugId);
});

test("only on demand: without it a copy has nothing of it", async () => {
  writeFileSync(join(folder, "index.js"), code);
  const { contents } = await planProbes(folder);
  expect([...contents.values()].some((bytes) => Buffer.from(bytes).includes("debugId"))).toBe(false);
  expect(readFileSync(join(folder, "index.js"), "utf8")).toBe(code);
});
