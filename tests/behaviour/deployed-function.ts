/** Makes deployable folders of the suite's handlers, in each form that users deploy. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

export type Form = "cjs" | "esm" | "bundled";
/** `plain`: the handlers as they are; `coverageHandler`: each wrapped by the package's function. */
export type Wrapping = "plain" | "coverageHandler";

export const repository = join(dirname(fileURLToPath(import.meta.url)), "../..");
export const layerZip = join(repository, "dist/lambda-coverage-layer-latest.zip");

/** The package as the layer brings it: what an ES module or a bundle is deployed with. */
export interface PackageSource {
  /** A `node_modules` folder that holds it. */
  modules: string;
}
export const fixtures = join(dirname(fileURLToPath(import.meta.url)), "fixtures");

const handlerNames = [
  "events",
  "sync",
  "promise",
  "receiver",
  "shapes",
  "thenable",
  "otherRealm",
  "callback",
  "byContext",
  "streamed",
  "streamedSync",
];

/** Writes the folder and returns it. Handlers: `index.<name>`, `index.api.v1.get`, `deep/er/index.events`. */
export async function deploy(
  folder: string,
  form: Form,
  wrapping: Wrapping,
  { modules }: PackageSource,
): Promise<string> {
  const source = readFileSync(join(fixtures, "cases.mjs"), "utf8");
  mkdirSync(join(folder, "deep/er"), { recursive: true });
  if (form === "esm") deployEsm(folder, source, wrapping, modules);
  else if (form === "cjs") deployCjs(folder, source, wrapping);
  else await deployBundle(folder, wrapping, modules);
  return folder;
}

function deployEsm(folder: string, source: string, wrapping: Wrapping, modules: string): void {
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  writeFileSync(join(folder, "cases.js"), source);
  writeFileSync(join(folder, "index.js"), esmIndex("./cases.js", wrapping));
  writeFileSync(join(folder, "deep/er/index.mjs"), 'export { events } from "../../index.js";\n');
  // An ES module cannot resolve packages from a layer: it is deployed with the function.
  if (wrapping === "coverageHandler") {
    cpSync(modules, join(folder, "node_modules"), { recursive: true });
  }
}

function esmIndex(cases: string, wrapping: Wrapping): string {
  const wrapper =
    wrapping === "plain"
      ? "const coverageHandler = (handler) => handler;"
      : 'import { coverageHandler } from "lambda-coverage-layer";';
  const wrapped = handlerNames.map((name) => `export const ${name} = coverageHandler(cases.${name});`);
  return `${wrapper}
const cases = await import("${cases}");
${wrapped.join("\n")}
export const api = { v1: { get: coverageHandler(cases.api.v1.get) } };
export const { notFunction, fromInit } = cases;
export default { asDefault: coverageHandler(cases.default.asDefault) };
`;
}

function deployCjs(folder: string, source: string, wrapping: Wrapping): void {
  writeFileSync(join(folder, "cases.js"), commonJs(source));
  const wrapper =
    wrapping === "plain"
      ? "const coverageHandler = (handler) => handler;"
      : 'const { coverageHandler } = require("lambda-coverage-layer");';
  const wrapped = handlerNames.map((name) => `exports.${name} = coverageHandler(cases.${name});`);
  writeFileSync(
    join(folder, "index.js"),
    `${wrapper}
const cases = require("./cases.js");
${wrapped.join("\n")}
exports.api = { v1: { get: coverageHandler(cases.api.v1.get) } };
exports.notFunction = cases.notFunction;
exports.default = { asDefault: coverageHandler(cases.default.asDefault) };
`,
  );
  writeFileSync(join(folder, "deep/er/index.cjs"), 'exports.events = require("../../index.js").events;\n');
}

/** The same code by hand-written CommonJS exports; esbuild's would be getters, which is the bundled form. */
function commonJs(source: string): string {
  return source
    .replace(/^import \{ (\w+) \} from "([^"]+)";$/gm, 'const { $1 } = require("$2");')
    .replace(/^const ready = await .*$/m, 'const ready = "ready";')
    .replace(/^export const (\w+) =/gm, "const $1 = exports.$1 =")
    .replace(/^export function (\w+)/gm, "exports.$1 = $1;\nfunction $1")
    .replace(/^export default /m, "exports.default = ");
}

async function deployBundle(folder: string, wrapping: Wrapping, modules: string): Promise<void> {
  const wrapper =
    wrapping === "plain"
      ? "const coverageHandler = (handler) => handler;"
      : 'import { coverageHandler } from "lambda-coverage-layer";';
  const source = readFileSync(join(fixtures, "cases.mjs"), "utf8").replace(
    /^const ready = await .*$/m,
    'const ready = "ready";',
  );
  const index = `${wrapper}
import * as cases from "./cases.js";
${handlerNames.map((name) => `export const ${name} = coverageHandler(cases.${name});`).join("\n")}
export const api = { v1: { get: coverageHandler(cases.api.v1.get) } };
export const { notFunction } = cases;
const asDefault = { asDefault: coverageHandler(cases.default.asDefault) };
export default asDefault;
`;
  await build({
    stdin: { contents: index, resolveDir: folder, loader: "js" },
    plugins: [
      {
        name: "cases",
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /^\.\/cases\.js$/ }, () => ({ path: join(fixtures, "cases.mjs") }));
          onLoad({ filter: /\/cases\.mjs$/ }, () => ({ contents: source, loader: "js" }));
        },
      },
    ],
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    minify: true,
    keepNames: true,
    sourcemap: true,
    outfile: join(folder, "index.js"),
    nodePaths: [modules],
    external: ["@aws-sdk/*"],
    logLevel: "error",
  });
  writeFileSync(join(folder, "deep/er/index.js"), 'exports.events = require("../../index.js").events;\n');
}
