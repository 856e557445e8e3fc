/** A function that deletes its own code before the source was stored: that script alone cannot be mapped. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { formatScriptKey } from "../../src/contract/object-keys.ts";
import { bucket, Host, runtimes } from "./host.ts";

let host: Host;
beforeAll(async () => {
  host = await Host.start();
});
afterAll(() => host.stop());

test.each(runtimes)("$runtime", async (row) => {
  const code = host.newFolder();
  writeFileSync(join(code, "gone.js"), `exports.one = () => 1; // ${row.runtime}\n`);
  writeFileSync(
    join(code, "index.js"),
    `const { one } = require("./gone.js");
exports.handler = async ({ unlink }) => {
  if (unlink) require("node:fs").rmSync(require.resolve("./gone.js"));
  return one();
};
// ${row.runtime}
`,
  );
  const name = await host.layered({ ...row, code, handler: "index.handler" });
  await host.s3.setPolicy({
    allow: [{ actions: ["s3:PutObject", "s3:GetObject"], resources: [`${bucket}/coverage/*`] }],
  });
  expect((await host.lambda.invoke(name, {})).payload).toBe("1");
  await host.s3.setPolicy();
  for (const event of [{ unlink: true }, {}])
    expect((await host.lambda.invoke(name, event)).payload).toBe("1");

  const files = await host.coverageFiles(name);
  expect(files.map(({ environment, lost }) => [environment.sequence, lost])).toEqual([
    [0, undefined],
    [1, undefined],
    [2, undefined],
  ]);
  const keyOf = (path: string) => files[0]?.scripts.find((script) => script.path === path)?.script as string;
  const stored = await host.keys(formatScriptKey("").replace(/\.json$/, ""));
  expect(stored).toContain(keyOf("index.js"));
  expect(stored).not.toContain(keyOf("gone.js"));
  const warnings = (await host.layerLines(name)).filter(({ level }) => level === "WARNING");
  expect(warnings).toMatchObject([{ details: { s3_key: keyOf("gone.js") } }]);
});
