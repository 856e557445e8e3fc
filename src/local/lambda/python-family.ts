import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cachedFolder } from "./cache.ts";
import { pythonInterpreter, runPython } from "./python-interpreter.ts";
import type { PreparedRuntime, RuntimeFamily, RuntimeRequest } from "./runtime-family.ts";

export const pythonFamily: RuntimeFamily = { matches: /^python3\.\d+$/, prepare };

/** As the managed runtimes' /var/runtime/bootstrap.py: the handler comes from the environment. */
const bootstrapSource = `import os
import sys

sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])

from awslambdaric.__main__ import main

if __name__ == "__main__":
    main([sys.argv[0], os.environ["_HANDLER"]])
`;

async function prepare(request: RuntimeRequest): Promise<PreparedRuntime> {
  const version = request.runtime.replace("python", "");
  const interpreter = await pythonInterpreter(version);
  const packages = await cachedFolder(`python-runtime-${interpreter.fullVersion}`, async (target) => {
    process.stderr.write(`lambda-coverage: fetching Lambda's runtime client for Python ${version} (once)\n`);
    const wanted = ["awslambdaric", "boto3"];
    const options = ["--quiet", "--disable-pip-version-check", "--only-binary", ":all:", "--target", target];
    await runPython(interpreter, ["-m", "pip", "install", ...options, ...wanted], "awslambdaric");
  });
  const runtime = join(request.varFolder, "runtime");
  const lang = join(request.varFolder, "lang");
  mkdirSync(join(runtime, "packages"), { recursive: true });
  writeFileSync(join(runtime, "bootstrap.py"), bootstrapSource);
  const { var: varPath, opt } = request.paths;
  const bound = varPath === "/var";
  const binds: PreparedRuntime["binds"] = [];
  mkdirSync(bound ? lang : join(lang, "bin"), { recursive: true });
  if (bound) {
    binds.push({ from: interpreter.prefix, to: "lang" }, { from: packages, to: "runtime/packages" });
  } else {
    symlinkSync(interpreter.executable, join(lang, "bin", `python${version}`));
  }
  return {
    command: [`${varPath}/lang/bin/python${version}`, `${varPath}/runtime/bootstrap.py`],
    environment: {
      PYTHONPATH: [
        `${opt}/python/lib/python${version}/site-packages`,
        `${opt}/python`,
        bound ? `${varPath}/runtime/packages` : packages,
      ].join(":"),
    },
    binds,
    ownTransport: false,
  };
}
