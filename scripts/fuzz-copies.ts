/**
 * Corrupted copies and manifests in Node.js under test: `npm run fuzz:copies -- [--seed 1] [--files 10000] [--node 22]`.
 * A finding prints its seed, which `--seed <it> --files 1` replays.
 */
import { parseArgs } from "node:util";
import { nodeBinary } from "../src/local/lambda/node-binary.ts";
import { fuzzCopies } from "../tests/semantics/copies/fuzz.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    files: { type: "string", default: "10000" },
    node: { type: "string", default: "24" },
  },
});

const { path: node } = await nodeBinary(Number(values.node));
const files = Number(values.files);
const findings = await fuzzCopies({ node, seed: Number(values.seed), files });
for (const { seed, what, problem } of findings) process.stderr.write(`seed ${seed}: ${what}: ${problem}\n`);
process.stdout.write(
  `${files} corrupted packages from seed ${values.seed} on Node.js ${values.node}: ${findings.length} problems\n`,
);
if (findings.length > 0) process.exitCode = 1;
