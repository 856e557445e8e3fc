/**
 * Installs what tests/infra checks against into .cache/infra-tools, once for each state of the two lists: Python
 * tools (an AWS emulator, validators), and Terraform's and Serverless's own parser and schemas as npm packages. The
 * latter stay out of package.json: they are large and used by two tests.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("../", import.meta.url));
const requirements = join(repository, "tests/infra/requirements.txt");
const folder = join(repository, ".cache/infra-tools");
const stamp = join(folder, "installed.txt");

/** HCL's Go parser as WebAssembly; the Serverless Framework's configuration schema as types, and its free successor. */
const npmPackages = ["@cdktf/hcl2json@0.21.0", "@serverless/typescript@4.30.0", "osls@3.77.1"];
/** The AWS provider's schema as declarations, one folder a resource; 1,500 of them, of which we read a few. */
const providerPackage = "@cdktf/provider-aws@21.22.1";
const providerFolders = [
  ...[
    "cloudwatch-log-group",
    "data-aws-iam-policy-document",
    "iam-role",
    "iam-role-policy",
    "lambda-function",
  ],
  ...["lambda-layer-version", "s3-bucket", "s3-bucket-lifecycle-configuration", "s3-bucket-policy"],
  ...["s3-bucket-public-access-block", "s3-bucket-server-side-encryption-configuration"],
];

function installPython(): void {
  execFileSync("python3", ["-m", "venv", folder], { stdio: "inherit" });
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements];
  execFileSync(join(folder, "bin/python"), pip, { stdio: "inherit" });
}

function installNode(): void {
  const node = join(folder, "node");
  mkdirSync(node, { recursive: true });
  writeFileSync(join(node, "package.json"), '{ "private": true }\n');
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  execFileSync("npm", ["install", ...quiet, ...npmPackages], { cwd: node, stdio: "inherit" });
  execFileSync("npm", ["pack", "--silent", ...quiet, providerPackage], { cwd: node, stdio: "ignore" });
  const provider = join(node, "provider-aws");
  mkdirSync(provider);
  const wanted = providerFolders.map((name) => `package/lib/${name}/index.d.ts`);
  const tarball = `${providerPackage.replace("@", "").replace(/[/@]/g, "-")}.tgz`;
  execFileSync("tar", ["-xzf", tarball, "-C", provider, "--strip-components=2", ...wanted], { cwd: node });
  rmSync(join(node, tarball));
}

const wanted = [readFileSync(requirements, "utf8"), ...npmPackages, providerPackage, ...providerFolders].join(
  "\n",
);
if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) {
  console.log("infrastructure test tools: all there");
} else {
  rmSync(folder, { recursive: true, force: true });
  console.log("installing the infrastructure test tools into .cache/infra-tools …");
  installPython();
  installNode();
  writeFileSync(stamp, wanted);
}
