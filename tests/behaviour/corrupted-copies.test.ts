/** Probed packages that arrive broken: `npm run fuzz:copies` has thousands of them. */
import { expect, test } from "vitest";
import { nodeBinary } from "../../src/local/lambda/node-binary.ts";
import { fuzzCopies } from "../semantics/copies/fuzz.ts";

test("whatever is wrong with copies or manifest, the function answers as bare and nothing false is counted", async () => {
  const { path: node } = await nodeBinary(24);
  expect(await fuzzCopies({ node, seed: 1, files: 60 })).toEqual([]);
});
