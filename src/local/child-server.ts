/**
 * Servers run as children, so that a test's or tool's busy event loop never delays them. This is both
 * ends: the parent's handle that calls, and the child's loop that answers.
 */
import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";

interface Request {
  id: number;
  method: string;
  args: unknown[];
}

interface Reply {
  id: number;
  result?: unknown;
  error?: { message: string; code?: string; remedy?: string };
}

export interface ChildServer {
  pid: number;
  call<T>(method: string, ...args: unknown[]): Promise<T>;
  stop(): Promise<void>;
}

/** Runs the module of that name beside `from` as a child; it must call `serveParent`. */
export async function startChildServer(name: string, from: string): Promise<ChildServer> {
  const source = from.endsWith(".ts");
  const path = fileURLToPath(new URL(source ? `${name}.ts` : `${name}.js`, from));
  const script = source ? await bundleSource(path) : path;
  const child = fork(script, [], {
    execArgv: [],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    serialization: "advanced",
    env: withoutNodeOptions(),
  });
  if (source) child.once("exit", () => rmSync(script, { force: true }));
  return new ChildHandle(child, name);
}

/**
 * From a checkout, one bundle per start: 20 ms instead of the 250 ms of a loader that turns TypeScript into
 * JavaScript module by module, and every test file starts two servers.
 */
async function bundleSource(path: string): Promise<string> {
  const { build } = await import("esbuild");
  const cache = fileURLToPath(new URL("../../node_modules/.cache/lambda-coverage-local/", import.meta.url));
  const outfile = `${cache}${basename(path, ".ts")}-${process.pid}-${randomUUID()}.mjs`;
  await build({
    entryPoints: [path],
    outfile,
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    target: "node20",
    logLevel: "silent",
  });
  return outfile;
}

/** A preload of the caller's (a test runner's, a profiler's) has no business in the servers. */
function withoutNodeOptions(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, NODE_V8_COVERAGE: __, ...env } = process.env;
  return env;
}

class ChildHandle implements ChildServer {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  readonly #ended: Promise<void>;
  #nextId = 1;

  constructor(child: ChildProcess, name: string) {
    this.#child = child;
    this.pid = child.pid ?? 0;
    child.on("message", (reply: Reply) => {
      const waiting = this.#pending.get(reply.id);
      this.#pending.delete(reply.id);
      if (reply.error === undefined) waiting?.resolve(reply.result);
      else waiting?.reject(Object.assign(new Error(reply.error.message), reply.error));
    });
    this.#ended = new Promise((resolve) => {
      child.once("exit", (code, signal) => {
        for (const { reject } of this.#pending.values()) {
          reject(new Error(`The ${name} process ended (${signal ?? code}) before it answered`));
        }
        this.#pending.clear();
        resolve();
      });
    });
    // A forgotten server must not keep its user's process alive; a call in flight does.
    child.unref();
    child.channel?.unref();
  }

  call<T>(method: string, ...args: unknown[]): Promise<T> {
    if (!this.#child.connected) return Promise.reject(new Error("The server has been stopped"));
    const id = this.#nextId++;
    this.#child.channel?.ref();
    return new Promise<unknown>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#child.send({ id, method, args } satisfies Request, (error) => {
        if (error !== null) reject(error);
      });
    }).finally(() => {
      if (this.#pending.size === 0) this.#child.channel?.unref();
    }) as Promise<T>;
  }

  async stop(): Promise<void> {
    if (!this.#child.connected) return;
    this.#child.ref();
    this.#child.disconnect();
    await this.#ended;
  }
}

/** The child's end: calls of the parent go to `methods`; when the parent goes, `shutDown` runs and the child ends. */
export function serveParent(
  methods: Record<string, (...args: never[]) => unknown>,
  shutDown: () => Promise<void> | void = () => {},
): void {
  process.on("message", async ({ id, method, args }: Request) => {
    const reply: Reply = { id };
    try {
      reply.result = await (methods[method] as (...args: unknown[]) => unknown)(...args);
    } catch (error) {
      reply.error = describe(error);
    }
    if (process.connected) process.send?.(reply, () => {});
  });
  const end = async () => {
    await shutDown();
    process.exit(0);
  };
  process.on("disconnect", end);
  // A whole group can be ended from outside, and the parent with it.
  process.on("SIGTERM", end);
  process.on("SIGHUP", end);
  // Ctrl-C reaches the whole group: the parent decides, and its end ends us.
  process.on("SIGINT", () => {});
}

/** What is kept of an error on its way to the parent. */
function describe(error: unknown): NonNullable<Reply["error"]> {
  if (!(error instanceof Error)) return { message: String(error) };
  const { message, code, remedy } = error as Error & { code?: string; remedy?: string };
  return { message, ...(code === undefined ? {} : { code }), ...(remedy === undefined ? {} : { remedy }) };
}
