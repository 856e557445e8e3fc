/** Runs a random program in this process, and says what happened in which order. */
import { compileFunction } from "node:vm";

export interface ProgramRun {
  /** Every call of `log`, and how each task ended. */
  log: string[];
}

/** `text` is a function body, or a module where `isModule`; `counts` is the slice of a probed copy. */
export async function runProgram(text: string, isModule: boolean, counts?: Uint32Array): Promise<ProgramRun> {
  const stage = new Stage();
  // A copy's text is another, by design: docs/how-probes-work.md.
  const functionText = Function.prototype.toString;
  Function.prototype.toString = () => "a function's text";
  const parameters: Record<string, unknown> = {
    ...stage.parameters,
    __lambdaCoverageProbes: () => counts,
  };
  try {
    if (isModule) await runModule(text, parameters);
    else compileFunction(text, Object.keys(parameters))(...Object.values(parameters));
  } catch (error) {
    stage.log.push(`ended: ${describe(error)}`);
  }
  await stage.end();
  Function.prototype.toString = functionText;
  return { log: stage.log };
}

async function runModule(text: string, parameters: Record<string, unknown>): Promise<void> {
  Object.assign(globalThis, parameters);
  try {
    await import(`data:text/javascript;base64,${Buffer.from(text).toString("base64")}`);
  } finally {
    for (const name of Object.keys(parameters)) Reflect.deleteProperty(globalThis, name);
  }
}

type Kind = "" | "async" | "generator" | "asyncgenerator";

class Stage {
  readonly log: string[] = [];
  readonly #pending: Promise<void>[] = [];
  #booms = 0;
  #ticks = 0;

  readonly parameters = {
    log: (value: unknown): unknown => {
      this.log.push(describe(value));
      return value;
    },
    boom: (value: unknown): unknown => {
      if (++this.#booms % 3 === 0) throw new Error(`boom ${this.#booms}`);
      return value;
    },
    tick: (): boolean => ++this.#ticks < 200,
    tag: (strings: TemplateStringsArray, value: unknown): string =>
      `${strings.raw.join("|")}${describe(value)}`,
    Base: class Base {},
    disposable: (value: unknown) => ({
      [Symbol.dispose ?? Symbol.for("dispose")]: () => {
        this.log.push("disposed");
        if (++this.#booms % 3 === 0) throw value;
      },
    }),
    task: (start: () => unknown, kind: Kind): void => this.#task(start, kind),
  };

  async end(): Promise<void> {
    for (let done = 0; done < this.#pending.length; done++) await this.#pending[done];
    await new Promise((resolve) => setImmediate(resolve));
  }

  #task(start: () => unknown, kind: Kind): void {
    if (kind === "async" || kind === "asyncgenerator") {
      this.#pending.push(this.#settled(start, kind));
      return;
    }
    try {
      const made = start();
      const result = kind === "generator" ? drain(made as Generator) : made;
      this.log.push(`returned ${describe(result)}`);
    } catch (error) {
      this.log.push(`threw ${describe(error)}`);
    }
  }

  async #settled(start: () => unknown, kind: Kind): Promise<void> {
    try {
      const made = start();
      const result = kind === "asyncgenerator" ? await drainLater(made as AsyncGenerator) : await made;
      this.log.push(`resolved ${describe(result)}`);
    } catch (error) {
      this.log.push(`rejected ${describe(error)}`);
    }
  }
}

/** Not to its end: what comes behind the third `yield` never runs. */
function drain(generator: Generator): unknown[] {
  const steps = [1, 2, 3].map((value) => generator.next(value));
  return [...steps, generator.return(4)].map(({ done, value }) => `${done} ${describe(value)}`);
}

async function drainLater(generator: AsyncGenerator): Promise<unknown[]> {
  const steps: string[] = [];
  for (const value of [1, 2, 3]) {
    const step = await generator.next(value);
    steps.push(`${step.done} ${describe(step.value)}`);
  }
  return steps;
}

/** Errors of the engine by their kind alone: their wording may name an expression that is wrapped in the copy. */
function describe(value: unknown, depth = 0): string {
  if (typeof value === "function") return `function ${value.name}`;
  if (value instanceof Error) return value.constructor === Error ? `Error ${value.message}` : value.name;
  if (typeof value !== "object" || value === null) return `${typeof value} ${String(value)}`;
  if (depth > 1) return "object";
  const entries = Object.entries(value).map(([key, inner]) => `${key}: ${describe(inner, depth + 1)}`);
  return `${value.constructor?.name}{${entries.join(", ")}}`;
}
