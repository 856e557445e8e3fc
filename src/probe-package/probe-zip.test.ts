/** A zip, probed: the same entries in the same order with what they had, and ours behind them. */
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, expect, test } from "vitest";
import yazl from "yazl";
import { probesFolder } from "../contract/probe-manifest.ts";
import {
  differences,
  planZip,
  probeFolder,
  probeZip,
  readProbes,
  readProbesOfZip,
  removeProbesFromZip,
} from "./index.ts";
import { isOfProbes, readZip, type ZipEntry } from "./zip-file.ts";

const root = mkdtempSync(join(tmpdir(), "probe-zip-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** With what build tools put in: a stored file, a folder, a link, a run bit, times of their own. */
async function zipped(name: string): Promise<{ zip: string; folder: string }> {
  const folder = join(root, name);
  mkdirSync(folder);
  const index = Buffer.from("exports.handler = async (event) => event.n ?? 1;\n");
  writeFileSync(join(folder, "index.js"), index);
  symlinkSync("index.js", join(folder, "main.js"));
  const mtime = new Date(2023, 10, 14, 22, 13, 21);
  const zip = await zipOf(join(root, `${name}.zip`), (archive) => {
    archive.addBuffer(Buffer.alloc(2_000, 7), "logo.png", { mtime, compress: false });
    archive.addBuffer(index, "index.js", { mtime: new Date(2024, 0, 2), mode: 0o100600 });
    archive.addBuffer(Buffer.from("index.js"), "main.js", { mtime, mode: 0o120777 });
    archive.addEmptyDirectory("bin/", { mtime, mode: 0o40700 });
    archive.addBuffer(Buffer.from("#!/bin/sh\n"), "bin/run", { mtime, mode: 0o100755 });
  });
  return { zip, folder };
}

async function zipOf(path: string, add: (archive: yazl.ZipFile) => void): Promise<string> {
  const archive = new yazl.ZipFile();
  add(archive);
  archive.end();
  writeFileSync(path, await buffer(archive.outputStream));
  return path;
}

const described = (entries: readonly ZipEntry[]) =>
  entries
    .filter((entry) => !isOfProbes(entry))
    .map(({ bytes, ...entry }) => ({ ...entry, bytes: bytes.toString("base64") }));

test("entries keep order, times, modes and bytes; the probes are those of the folder", async () => {
  const { zip, folder } = await zipped("orders");
  chmodSync(zip, 0o640);
  const before = await readZip(readFileSync(zip));
  const { report } = await probeZip(zip);
  const after = await readZip(readFileSync(zip));
  expect(before.map(({ path }) => path)).toEqual(["logo.png", "index.js", "main.js", "bin/", "bin/run"]);
  expect(described(after)).toEqual(described(before));
  expect(statSync(zip).mode & 0o777).toBe(0o640);
  expect(report.sizes.zipped?.after).toBe(statSync(zip).size);
  expect(report.notProbed).toMatchObject([{ path: "main.js", code: "SymbolicLink" }]);
  await probeFolder(folder);
  expect(await readProbesOfZip(zip)).toEqual(readProbes(folder));
});

test("probing again changes no byte, removing leaves what was there", async () => {
  const { zip } = await zipped("again");
  const before = await readZip(readFileSync(zip));
  await probeZip(zip);
  const once = readFileSync(zip);
  await probeZip(zip);
  expect(readFileSync(zip).equals(once)).toBe(true);
  expect(differences(await readProbesOfZip(zip), (await planZip(zip)).contents)).toEqual([]);
  expect(await removeProbesFromZip(zip)).toBe(true);
  expect(described(await readZip(readFileSync(zip)))).toEqual(described(before));
  expect(await removeProbesFromZip(zip)).toBe(false);
});

test("what is no zip, or is cut, is refused by its own name and left as it is", async () => {
  const { zip } = await zipped("cut");
  const cut = join(root, "cut-short.zip");
  for (const bytes of [readFileSync(zip).subarray(0, 300), Buffer.from("PK no"), Buffer.alloc(0)]) {
    writeFileSync(cut, bytes);
    await expect(probeZip(cut)).rejects.toMatchObject({
      code: "ZipUnreadable",
      message: expect.stringContaining(cut),
    });
    expect(readFileSync(cut).equals(bytes)).toBe(true);
  }
});

test("messages name the zip, not the folder that it was unpacked into", async () => {
  const zip = await zipOf(join(root, "python.zip"), (archive) =>
    archive.addBuffer(Buffer.from(""), "app.py"),
  );
  await expect(probeZip(zip)).rejects.toMatchObject({
    code: "NoJavaScript",
    message: expect.stringContaining(zip),
  });
  expect((await readZip(readFileSync(zip))).some(({ path }) => path.startsWith(probesFolder))).toBe(false);
});
