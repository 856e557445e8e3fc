/**
 * How a sandbox's processes see /var/task, /opt and /tmp. With mount namespaces (Linux, root or user
 * namespaces) they are the real paths, as on Lambda, and only /tmp can be written. Without, paths in the
 * environment are rewritten to the sandbox's folders, and code that names /opt or /tmp itself sees the host's.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";

export type Isolation = "namespace" | "rewritten";

let detected: { isolation: Isolation; unshare: string[] } | undefined;

/** For a host that is to do without namespaces although it has them. */
export function forgoNamespaces(): void {
  detected = { isolation: "rewritten", unshare: [] };
}

/** Where sandboxes' folders may lie: below /tmp, which is hidden last, or anywhere that is never hidden. */
export function workParent(): string {
  const wanted = tmpdir();
  return /^\/(var|opt)(\/|$)/.test(wanted) && existsSync("/tmp") ? "/tmp" : wanted;
}

export function detectIsolation(): { isolation: Isolation; unshare: string[] } {
  detected ??= tryUnshare(process.getuid?.() === 0 ? ["-m"] : ["-rm"]);
  return detected;
}

function tryUnshare(flags: string[]): { isolation: Isolation; unshare: string[] } {
  try {
    const probe = "test -d /opt && test -d /var && mount -t tmpfs none /opt && mount --bind /opt /tmp";
    execFileSync("unshare", [...flags, "sh", "-c", probe], { stdio: "ignore" });
    return { isolation: "namespace", unshare: ["unshare", ...flags] };
  } catch {
    process.stderr.write(
      "lambda-coverage: no mount namespaces here; /opt, /tmp and /var/task are rewritten paths\n",
    );
    return { isolation: "rewritten", unshare: [] };
  }
}

/** Folders of the host that become a sandbox's root. */
export interface SandboxFolders {
  /** Becomes /var: holds task, runtime, lang. */
  var: string;
  /** Becomes /opt. */
  opt: string;
  /** Becomes /tmp. */
  tmp: string;
  /** Further binds, done first: host path → path below `var`. */
  binds: { from: string; to: string }[];
}

/** Where the sandbox's processes find their folders. */
export function sandboxPaths(folders: SandboxFolders, isolation: Isolation) {
  return isolation === "namespace"
    ? { var: "/var", opt: "/opt", tmp: "/tmp" }
    : { var: folders.var, opt: folders.opt, tmp: folders.tmp };
}

/** A user namespace may not drop the flags of a file system mounted nosuid: then it stays writable. */
const bindReadOnly = `bind_ro() { mount "$1" -o ro "$2" "$3" 2>/dev/null || mount "$1" "$2" "$3"; }`;

let deathSignal: string[] | undefined;

/** A host that is killed must not leave its sandboxes behind, stopped for ever: Linux's parent-death signal. */
function diesWithHost(): string[] {
  if (deathSignal !== undefined) return deathSignal;
  const words = ["setpriv", "--pdeathsig", "KILL", "--"];
  const { status } = spawnSync("setpriv", [...words.slice(1), "true"], { stdio: "ignore" });
  deathSignal = status === 0 ? words : [];
  return deathSignal;
}

/** Command line that ends in `exec`ing `argv` (a POSIX shell's words) inside the sandbox, same pid. */
export function launchCommand(folders: SandboxFolders, script: string): string[] {
  const { isolation, unshare } = detectIsolation();
  if (isolation === "rewritten") return [...diesWithHost(), "/bin/sh", "-c", script];
  const mounts = [
    ...folders.binds.map(({ from, to }) => `mount --bind ${quote(from)} ${quote(`${folders.var}/${to}`)}`),
    // In this order, wherever the host keeps them: each mount hides what lies below its target.
    `bind_ro --bind ${quote(folders.opt)} /opt`,
    `bind_ro --rbind ${quote(folders.var)} /var`,
    `mount --bind ${quote(folders.tmp)} /tmp`,
  ];
  return [
    ...diesWithHost(),
    ...unshare,
    "/bin/sh",
    "-c",
    `${bindReadOnly}\n${mounts.join(" && ")} || exit 125\n${script}`,
  ];
}

export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
