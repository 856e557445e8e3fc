/**
 * What differs between managed runtimes: which files lie under /var/runtime and /var/lang, which command
 * starts the runtime client, which variables it expects. A new runtime is a row of `families`.
 */
import type { ClientLine, LocalRuntime } from "../types.ts";
import { LocalError } from "./local-error.ts";
import { nodeFamily } from "./node-family.ts";
import { pythonFamily } from "./python-family.ts";

export interface RuntimeRequest {
  runtime: LocalRuntime;
  client: ClientLine;
  transport: "addon" | "own" | "auto";
  memoryMb: number;
  /** The folder that becomes /var; `runtime` and `lang` in it are to be filled. */
  varFolder: string;
  /** Where that folder and /opt are for the function's processes. */
  paths: { var: string; opt: string };
}

export interface PreparedRuntime {
  /** Words of the command that starts the runtime client, and that an exec wrapper gets as "$@". */
  command: string[];
  environment: Record<string, string>;
  /** Host folders or files to bind: path → path below /var. */
  binds: { from: string; to: string }[];
  /** Whether responses go through the inherited socket instead of the Runtime API's port. */
  ownTransport: boolean;
}

export interface RuntimeFamily {
  matches: RegExp;
  prepare(request: RuntimeRequest): Promise<PreparedRuntime>;
}

const families: RuntimeFamily[] = [nodeFamily, pythonFamily];

export function familyOf(runtime: string): RuntimeFamily {
  const family = families.find((candidate) => candidate.matches.test(runtime));
  if (family !== undefined) return family;
  throw new LocalError(
    "LocalRuntime",
    `The local Lambda does not know the runtime ${runtime}`,
    "It has nodejs22.x, nodejs24.x, nodejs26.x, and python3.9 or later.",
  );
}
