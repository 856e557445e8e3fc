/**
 * What some tests and steps take beyond a fresh machine (fresh-path.ts): how it is found, and what brings it. A test
 * asks by a tag, `@module-tag chromium` for its file or `{ tags: "chromium" }` for itself (vitest.config.ts). Where the
 * machine lacks it, it is skipped by name, with the reason; `.ci/run` fails on such a skip.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { layerRuntimes } from "../../src/contract/runtimes.ts";
import { builtAddon } from "../../src/local/lambda/addon.ts";
import { detectIsolation } from "../../src/local/lambda/launch.ts";
import { onPath } from "./fresh-path.ts";

interface Need {
  what: string;
  /** Debian's. */
  packages: readonly string[];
  /** Instead of a package. */
  broughtBy?: string;
  isThere: () => boolean;
}

export const needs = {
  chromium: {
    what: "Chromium or Chrome, on the PATH or named by CHROMIUM",
    packages: ["chromium"],
    isThere: () => chromiumPath() !== undefined,
  },
  libfaketime: {
    what: "libfaketime, where Debian has it or named by LIBFAKETIME",
    packages: ["libfaketime"],
    isThere: () => libfaketimePath() !== undefined,
  },
  python: {
    what: "python3 of a version that the layer is for, with pip and venv",
    packages: ["python3", "python3-pip", "python3-venv"],
    isThere: hasPython,
  },
  namespaces: {
    what: "mount namespaces, for functions with a /opt, /tmp and /var/task of their own, and setpriv",
    packages: [],
    broughtBy: "Linux with util-linux, as root or with kernel.apparmor_restrict_unprivileged_userns=0",
    isThere: () => detectIsolation().isolation === "namespace" && onPath("setpriv") !== undefined,
  },
  compiler: {
    what: "what the runtime client's addon is built with",
    packages: ["g++", "cmake", "make", "python3"],
    isThere: () => ["g++", "cmake", "make", "python3"].every((name) => onPath(name) !== undefined),
  },
  addon: {
    what: "the runtime client's addon",
    packages: [],
    broughtBy: "npm run build:addon",
    isThere: () => builtAddon() !== undefined,
  },
} satisfies Record<string, Need>;

export type NeedName = keyof typeof needs;

/** Why something is skipped that takes this; undefined where the machine has it. */
export function lacking(name: NeedName): string | undefined {
  const need: Need = needs[name];
  if (need.isThere()) return undefined;
  return `${need.what} (${need.broughtBy ?? `apt-get install ${need.packages.join(" ")}`})`;
}

/** Debian's packages of all that this machine lacks. */
export function missingPackages(): string[] {
  const missing: Need[] = Object.values(needs).filter(({ isThere }) => !isThere());
  return [...new Set(missing.flatMap(({ packages }) => packages))];
}

export function chromiumPath(): string | undefined {
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  return process.env.CHROMIUM ?? names.map((name) => onPath(name)).find((path) => path !== undefined);
}

export function libfaketimePath(): string | undefined {
  const libraries = existsSync("/usr/lib") ? readdirSync("/usr/lib") : [];
  const folders = libraries.filter((name) => name.includes("-linux-gnu"));
  const installed = folders.map((name) => join("/usr/lib", name, "faketime/libfaketimeMT.so.1"));
  return [process.env.LIBFAKETIME ?? installed].flat().find((path) => existsSync(path));
}

function hasPython(): boolean {
  const program = "import sys, pip, ensurepip, venv; print('python%d.%d' % sys.version_info[:2])";
  try {
    const printed = execFileSync("python3", ["-c", program], { stdio: ["ignore", "pipe", "ignore"] });
    return layerRuntimes.python.includes(printed.toString().trim());
  } catch {
    return false;
  }
}
