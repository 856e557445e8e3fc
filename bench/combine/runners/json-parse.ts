/** Bare read + JSON.parse of V8's JSON: what no tool that reads it can be below. argv: dumps folder. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

const [folder = ""] = process.argv.slice(2);
let functions = 0;
for (const name of readdirSync(folder)) {
  const dump = JSON.parse(readFileSync(path.join(folder, name), "utf8"));
  functions += dump.result[0].functions.length;
}
process.stdout.write(JSON.stringify({ usage: process.resourceUsage(), functions }));
