import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";

/** Builds this package and packs it as `npm publish` would; the tarball's path. */
export function packPackage(folder: string): string {
  execFileSync("npm", ["run", "--silent", "build"], { stdio: ["ignore", "inherit", "inherit"] });
  execFileSync("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder], {
    stdio: "ignore",
  });
  const [tarball] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  return join(folder, tarball ?? "npm pack wrote nothing");
}

/** A project that has installed the tarball, and the CDK beside it. */
export function installPacked(tarball: string, project: string): void {
  const modules = join(project, "node_modules");
  const ours = join(modules, "lambda-coverage-layer");
  mkdirSync(ours, { recursive: true });
  execFileSync("tar", ["-xzf", tarball, "-C", ours, "--strip-components=1"]);
  for (const name of ["aws-cdk-lib", "constructs"])
    symlinkSync(resolve("node_modules", name), join(modules, name));
}
