/** Coverage of a block of code. */
import type { CoverageSession } from "../agent/main/session.ts";
import type { CoverageConfig } from "./coverage-config.ts";
import { joinSession } from "./session.ts";

/**
 * Records what runs inside it, and nothing else of this invocation. Three forms:
 * `await new CoverageContext().run(fn)`, `enter()` and `exit()`, and
 * `await using block = new CoverageContext().enter()`.
 *
 * V8 counts per process: code that runs at the same time, outside the block, counts in. Contexts nest and
 * overlap: recording ends with the last of them, nothing is counted twice.
 *
 * Nothing of the layer is ever thrown from here; what the block throws is passed on unchanged.
 */
export class CoverageContext implements AsyncDisposable {
  readonly #config: CoverageConfig | undefined;
  #entered: CoverageSession | undefined;

  /** `config`: used where the environment has no settings; see `CoverageConfig`. */
  constructor(config?: CoverageConfig) {
    this.#config = config;
  }

  /** Whether the block is open and V8 counts it. */
  get active(): boolean {
    return this.#entered !== undefined && this.#entered.off === undefined;
  }

  /** Drops what was counted so far and records from here on. Synchronous; entering twice is entering once. */
  enter(): this {
    if (this.#entered === undefined) {
      this.#entered = joinSession(this.#config);
      this.#entered.enterContext();
    }
    return this;
  }

  /**
   * Takes what the block ran and stores it. Resolves once stored where nothing else holds the environment,
   * at once where the upload goes on after the response. `error` is the block's outcome where it threw.
   */
  async exit(outcome: "ok" | "error" = "ok"): Promise<void> {
    const session = this.#entered;
    this.#entered = undefined;
    await session?.exitContext(outcome);
  }

  /** Runs `fn` inside the context: its result or its error is what the caller gets. */
  async run<T>(fn: () => T | PromiseLike<T>): Promise<T> {
    this.enter();
    let outcome: "ok" | "error" = "error";
    try {
      const result = await fn();
      outcome = "ok";
      return result;
    } finally {
      await this.exit(outcome);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.exit();
  }
}
