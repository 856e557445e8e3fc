/**
 * What a fresh machine has: Debian as it is installed, Node.js with npm, make, and git, by which the clone came. A
 * folder with links to these alone is the PATH of what asks for nothing more, so that on a machine which has more, too,
 * nothing takes more by chance.
 */
import { createHash } from "node:crypto";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Of Debian's essential packages (coreutils, findutils, grep, sed, tar, gzip, mawk, a shell), what is in use. */
const commands = `
  node npm npx make git sh bash env
  awk basename cat chmod cp cut date dirname echo expr false find grep gzip head id ln ls mkdir mkfifo mktemp mv nice
  nproc pwd readlink realpath rm rmdir sed sleep sort stat tail tar tee test touch tr true uname uniq wc xargs
`
  .trim()
  .split(/\s+/);

/** Of the essential packages, too; in a container, which may not make namespaces, they are of no use. */
const sandboxCommands = ["unshare", "mount", "setpriv"];

/** A PATH that leads to nothing else; `sandboxes: false` is a machine that gives functions no namespaces. */
export function freshPath({ sandboxes = true } = {}): string {
  const links = [...commands, ...(sandboxes ? sandboxCommands : [])].flatMap((name) => {
    const path = name === "node" ? process.execPath : onPath(name);
    return path === undefined ? [] : [[realpathSync(path), name] as const];
  });
  const digest = createHash("sha256").update(JSON.stringify(links)).digest("hex");
  const folder = join(root, ".cache/fresh-path", digest.slice(0, 12));
  if (!existsSync(folder)) linkAll(links, folder);
  return [join(root, "node_modules/.bin"), folder].join(delimiter);
}

/** By a rename: other runs may be at it, too. */
function linkAll(links: (readonly [target: string, name: string])[], folder: string): void {
  const aside = `${folder}.${process.pid}`;
  mkdirSync(aside, { recursive: true });
  for (const [target, name] of links) symlinkSync(target, join(aside, name));
  try {
    renameSync(aside, folder);
  } catch (error) {
    rmSync(aside, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
}

export function onPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
