/** Bundles the package's face: index.cjs and index.mjs, and tools.cjs that they load at the first call. */
import { join } from "node:path";
import { type BuildOptions, build, type Metafile, type Plugin } from "esbuild";

/** The worker's code goes into the face: bundled into a user's function, no file of ours lies beside it. */
async function embedWorker(common: FaceOptions["common"]): Promise<Plugin> {
  const entryPoints = ["src/agent/worker/worker.ts"];
  const { outputFiles } = await build({ ...common, entryPoints, format: "cjs", write: false });
  const code = outputFiles[0]?.text;
  return {
    name: "embed-worker",
    setup({ onLoad }) {
      onLoad({ filter: /\/src\/agent\/main\/worker-source\.ts$/ }, () => ({
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

export interface FaceOptions {
  common: BuildOptions & { metafile: true };
  outdir: string;
}

export async function bundleFace({ common, outdir }: FaceOptions): Promise<Record<string, Metafile>> {
  // The runtime brings its own; the npm package depends on them.
  const external = ["@aws-sdk/*", "@smithy/*"];
  const face = {
    ...common,
    external,
    entryPoints: ["src/api/index.ts"],
    plugins: [await embedWorker(common), lateTools],
  };
  const cjs = await build({ ...face, format: "cjs", outfile: join(outdir, "index.cjs") });
  const esm = await build({ ...face, format: "esm", outfile: join(outdir, "index.mjs") });
  const tools = await build({
    ...common,
    external,
    entryPoints: ["src/api/tools.ts"],
    format: "cjs",
    outfile: join(outdir, "tools.cjs"),
  });
  return { face: cjs.metafile, faceEsm: esm.metafile, tools: tools.metafile };
}
