/** What lies in an unpacked package, without what we put there ourselves. */
import { type Dirent, readdirSync, realpathSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import { probesFolder } from "../contract/probe-manifest.ts";
import { ProbePackageError, systemCode } from "./probe-package-error.ts";
import { isBesideFolder } from "./write-folder.ts";

export interface PackageTree {
  /** Absolute, without symbolic links. */
  root: string;
  /** Relative paths with `/`, in the order of their code units. */
  files: string[];
  /** Symbolic links; what they lead to runs under its own path. */
  links: { path: string; leavesPackage: boolean }[];
  /** Of all files. */
  bytes: number;
}

export function readTree(folder: string): PackageTree {
  const root = realpathSync(folder);
  const tree: PackageTree = { root, files: [], links: [], bytes: 0 };
  visit(tree, "");
  return tree;
}

/** What Node.js loads as a module of JavaScript. */
export function isScript(path: string): boolean {
  return /\.[cm]?js$/.test(path);
}

function visit(tree: PackageTree, below: string): void {
  for (const entry of sorted(join(tree.root, below))) {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (path === probesFolder || isBesideFolder(path)) continue;
    if (entry.isSymbolicLink()) tree.links.push({ path, leavesPackage: leaves(tree.root, path) });
    else if (entry.isDirectory()) visit(tree, path);
    else if (entry.isFile()) {
      tree.files.push(path);
      tree.bytes += statSync(join(tree.root, path)).size;
    }
  }
}

function sorted(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    throw new ProbePackageError(
      "PackageUnreadable",
      `${folder} cannot be read: ${systemCode(error) ?? (error as Error).message}.`,
      "Allow its reading; what deploys the package needs it, too.",
      error,
    );
  }
}

function leaves(root: string, path: string): boolean {
  try {
    return !realpathSync(join(root, path)).startsWith(root + sep);
  } catch {
    return true; // A link to nothing.
  }
}
