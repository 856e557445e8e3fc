/**
 * `npm run build:layer`: bundles the agent and the package's face, and zips the layer, the same bytes for
 * the same sources. Writes dist/layer/ (the zip's content), dist/layer-meta.json (esbuild's metafiles, for
 * check-layer) and dist/lambda-coverage-layer-{<version>,latest}.zip.
 */
import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build, type Metafile, type Plugin } from "esbuild";
import yazl from "yazl";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const dist = join(root, "dist");
const layerFolder = join(dist, "layer");
const agentFolder = join(layerFolder, "lambda-coverage");
const packageFolder = join(layerFolder, "nodejs/node_modules/lambda-coverage-layer");

const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node20",
  minify: true,
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
  logOverride: { "empty-import-meta": "silent" },
  define: { "process.env.LAMBDA_COVERAGE_VERSION": JSON.stringify(version) },
} satisfies BuildOptions;

/** Bundles that run in every cold start. */
async function buildAgent(): Promise<Metafile> {
  const { metafile } = await build({
    ...common,
    entryPoints: ["src/agent/preload.ts", "src/agent/worker.ts"],
    format: "cjs",
    outdir: agentFolder,
    outExtension: { ".js": ".cjs" },
  });
  for (const name of ["handler.mjs", "coverage-wrapper"]) {
    const to = name === "handler.mjs" ? join(agentFolder, name) : join(layerFolder, name);
    copyFileSync(join(root, "layer", name), to);
  }
  chmodSync(join(layerFolder, "coverage-wrapper"), 0o755);
  return metafile;
}

/** The worker's code goes into the face: bundled into a user's function, no file of ours lies beside it. */
function embedWorker(): Plugin {
  const code = readFileSync(join(agentFolder, "worker.cjs"), "utf8");
  return {
    name: "embed-worker",
    setup({ onLoad }) {
      onLoad({ filter: /\/src\/agent\/worker-source\.ts$/ }, () => ({
        contents: `export const workerSource = ${JSON.stringify(code)};`,
        loader: "js",
      }));
    },
  };
}

/** What only the first call needs (combine, the AWS SDK) stays a file of its own, loaded then. */
const lateTools: Plugin = {
  name: "late-tools",
  setup({ onResolve }) {
    onResolve({ filter: /\/tools\.ts$/ }, ({ kind }) =>
      kind === "dynamic-import" ? { path: "./tools.cjs", external: true } : undefined,
    );
  },
};

const awsSdk = ["@aws-sdk/*", "@smithy/*"];

async function buildFace(): Promise<Record<string, Metafile>> {
  if (!existsSync(join(root, "src/api/index.ts"))) return {};
  const face = { ...common, entryPoints: ["src/api/index.ts"], plugins: [embedWorker(), lateTools] };
  const cjs = await build({
    ...face,
    format: "cjs",
    outfile: join(packageFolder, "index.cjs"),
    external: awsSdk,
  });
  const esm = await build({
    ...face,
    format: "esm",
    outfile: join(packageFolder, "index.mjs"),
    external: awsSdk,
  });
  const metafiles: Record<string, Metafile> = { face: cjs.metafile, faceEsm: esm.metafile };
  if (existsSync(join(root, "src/api/tools.ts"))) {
    const outfile = join(packageFolder, "tools.cjs");
    const tools = await build({
      ...common,
      entryPoints: ["src/api/tools.ts"],
      format: "cjs",
      outfile,
      external: awsSdk,
    });
    metafiles.tools = tools.metafile;
  }
  const manifest = {
    name: "lambda-coverage-layer",
    version,
    license: "MIT",
    main: "./index.cjs",
    module: "./index.mjs",
    types: "./index.d.ts",
    exports: {
      ".": {
        import: { types: "./index.d.ts", default: "./index.mjs" },
        require: { types: "./index.d.cts", default: "./index.cjs" },
      },
      "./package.json": "./package.json",
    },
  };
  writeFileSync(join(packageFolder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  return metafiles;
}

interface ZipEntry {
  path: string;
  executable: boolean;
}

function zipEntries(folder: string, metafiles: Record<string, Metafile>): ZipEntry[] {
  const outputs = Object.values(metafiles).flatMap((metafile) => Object.keys(metafile.outputs));
  const files = outputs.map((output) => relative(folder, join(root, output)));
  files.push("coverage-wrapper", "lambda-coverage/handler.mjs");
  if (metafiles.face !== undefined) files.push("nodejs/node_modules/lambda-coverage-layer/package.json");
  return files.sort().map((path) => ({ path, executable: path === "coverage-wrapper" }));
}

/** Names sorted, one date, no owner: equal sources make equal bytes. */
function zip(folder: string, entries: readonly ZipEntry[]): Promise<Buffer> {
  const archive = new yazl.ZipFile();
  // The oldest date that zip's own format holds, in its local-time fields; no UTC extra field beside it.
  const mtime = new Date(1980, 0, 1);
  for (const { path, executable } of entries) {
    const mode = executable ? 0o100755 : 0o100644;
    archive.addBuffer(readFileSync(join(folder, path)), path, { mtime, mode, forceDosTimestamp: true });
  }
  archive.end();
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    archive.outputStream.on("data", (chunk: Buffer) => chunks.push(chunk));
    archive.outputStream.on("end", () => resolve(Buffer.concat(chunks)));
    archive.outputStream.on("error", reject);
  });
}

rmSync(layerFolder, { recursive: true, force: true });
mkdirSync(agentFolder, { recursive: true });
mkdirSync(packageFolder, { recursive: true });
const agent = await buildAgent();
const metafiles = { agent, ...(await buildFace()) };
writeFileSync(join(dist, "layer-meta.json"), JSON.stringify(metafiles));
const bytes = await zip(layerFolder, zipEntries(layerFolder, metafiles));
for (const name of [version, "latest"]) writeFileSync(join(dist, `lambda-coverage-layer-${name}.zip`), bytes);
const sha256 = createHash("sha256").update(bytes).digest("hex");
console.log(
  `dist/lambda-coverage-layer-${version}.zip ${(bytes.length / 1024).toFixed(1)} KB sha256 ${sha256}`,
);
