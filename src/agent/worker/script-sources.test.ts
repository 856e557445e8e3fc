import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import type { ScriptFile } from "../../contract/script-file.ts";
import type { Snapshot } from "../shared/messages.ts";
import { type PackedScript, packScript } from "./script-packing.ts";
import { createScriptSources, utf16Length } from "./script-sources.ts";

const folder = mkdtempSync(join(tmpdir(), "script-sources-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("utf16Length is the length of the decoded text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      expect(utf16Length(Buffer.from(text))).toBe(Buffer.from(text).toString().length);
    }),
  );
});

function snapshotOf(file: string, topLevelLength: number): Snapshot {
  return {
    scripts: [{ scriptId: "7", file, from: 0, to: 3 }],
    ranges: Int32Array.of(0, topLevelLength, 1),
    exact: true,
    takeMs: 0,
  };
}

const sha256 = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");

const unpack = (body: Buffer): ScriptFile => JSON.parse(gunzipSync(body).toString());

async function identify(bytes: Buffer | string, topLevelLength: number, inV8?: string) {
  const file = join(folder, "index.js");
  writeFileSync(file, bytes);
  const asked: string[] = [];
  const sources = createScriptSources(
    async (scriptIds) => {
      asked.push(...scriptIds);
      return new Map(inV8 === undefined ? [] : [["7", inV8]]);
    },
    () => "index.js",
  );
  const known = (await sources.identify(snapshotOf(file, topLevelLength))).get("7");
  const parts = known?.sha256 === undefined ? undefined : sources.scriptParts(known.sha256);
  const packed = parts && packScript(parts);
  return { known, asked, script: packed && unpack(packed.body) };
}

test("a big file in any characters is read as its text, wherever its pieces end", async () => {
  const property = fc.asyncProperty(
    fc.string({ unit: "grapheme", minLength: 1 }),
    fc.integer({ min: 1, max: 40_000 }),
    fc.constantFrom("", "\uFEFF"),
    async (unit, times, mark) => {
      const text = unit.repeat(times);
      const { known, asked, script } = await identify(mark + text, text.length);
      expect(asked).toEqual([]);
      expect(known?.sha256).toBe(sha256(text));
      expect(script?.kind === "v8" && script.source === text).toBe(true);
    },
  );
  await fc.assert(property, { numRuns: 20 });
});

test("a file of the right length is what ran; V8 is not asked", async () => {
  const { known, asked, script } = await identify("const ü = '😀';", "const ü = '😀';".length);
  expect(known?.sha256).toBe(sha256("const ü = '😀';"));
  expect(script).toMatchObject({ kind: "v8", path: "index.js", source: "const ü = '😀';" });
  expect(asked).toEqual([]);
});

test("a byte-order mark is not part of what ran, and invalid UTF-8 ran as U+FFFD", async () => {
  expect((await identify("\uFEFFrun()", 5)).known?.sha256).toBe(sha256("run()"));
  const invalid = Buffer.concat([Buffer.from("'"), Buffer.from([0xff]), Buffer.from("'")]);
  expect((await identify(invalid, 3)).known?.sha256).toBe(sha256("'\uFFFD'"));
});

test("where the file is not what ran, V8's text is the script; without it the script is unmapped", async () => {
  const typed = await identify("let a: number;", 30, "let a        ;\n//# sourceURL=x");
  expect(typed.asked).toEqual(["7"]);
  expect(typed.script?.source).toBe("let a        ;\n//# sourceURL=x");
  expect(typed.known?.sha256).toBe(sha256(typed.script?.source ?? ""));
  expect((await identify("let a: number;", 30)).known).toMatchObject({ unmapped: expect.any(String) });
});

test("a file that is gone, or another one by now, is not stored under the name of what ran", async () => {
  const file = join(folder, "index.js");
  for (const change of [() => rmSync(file), () => writeFileSync(file, "run(2)")]) {
    writeFileSync(file, "run(1)");
    const sources = createScriptSources(
      async () => new Map(),
      () => "index.js",
    );
    const known = (await sources.identify(snapshotOf(file, 6))).get("7");
    change();
    const parts = sources.scriptParts(known?.sha256 as string);
    expect(parts && packScript(parts)).toBeUndefined();
  }
});

test("the map beside the script comes with it, an inline one stays inside", async () => {
  writeFileSync(join(folder, "index.js.map"), '{"version":3}');
  const beside = "run()\n//# sourceMappingURL=index.js.map\n";
  expect((await identify(beside, beside.length)).script).toMatchObject({ sourceMap: '{"version":3}' });
  const inline = "run()\n//# sourceMappingURL=data:application/json;base64,e30=\n";
  expect((await identify(inline, inline.length)).script).not.toHaveProperty("sourceMap");
});

test("a script and a map of any text and size come out as they went in; the gzip is one member", () => {
  const text = fc.string({ unit: "binary" }).map((string) => Buffer.from(string).toString());
  fc.assert(
    fc.property(text, text, fc.integer({ min: 1, max: 20_000 }), (source, sourceMap, times) => {
      const map = sourceMap.repeat(times);
      const parts = { source: [Buffer.from(source)], sourceMap: () => [Buffer.from(map)] };
      const packed = packScript({ sha256: sha256(source), path: "é.js", ...parts }) as PackedScript;
      const json = gunzipSync(packed.body);
      expect(packed.length).toBe(json.length);
      expect(JSON.parse(json.toString())).toMatchObject({ path: "é.js", source, sourceMap: map });
      const raw = inflateRawSync(packed.body.subarray(10), { info: true });
      expect((raw as unknown as { engine: { bytesWritten: number } }).engine.bytesWritten).toBe(
        packed.body.length - 18,
      );
    }),
    { numRuns: 20 },
  );
});
