/** Runs a test's text, as it is or probed, the way Node.js runs CommonJS files and ES modules. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { compileFunction, type Module, SourceTextModule, SyntheticModule } from "node:vm";
import { probesFunction, probesModule } from "../../../src/contract/probe-access.ts";
import { probe } from "../../../src/prober/probe.ts";
import { ProberError } from "../../../src/prober/prober-error.ts";
import type { Realm } from "./realm.ts";

const wrapper = ["exports", "require", "module", "__filename", "__dirname"];

export class Program {
  readonly #realm: Realm;
  readonly #isProbed: boolean;
  readonly #slices: Uint32Array[] = [];
  readonly #modules = new Map<string, Module>();
  readonly #links = new Map<Module, Promise<void>>();

  constructor(realm: Realm, isProbed: boolean) {
    this.#realm = realm;
    this.#isProbed = isProbed;
    const value = (slice: number) => this.#slices[slice];
    Object.defineProperty(realm.context, probesFunction, { value, enumerable: false });
  }

  runFunction(source: string, path: string): void {
    const text = this.#textOf(source, path, "commonjs");
    const run = compileFunction(text, wrapper, {
      filename: path,
      parsingContext: this.#realm.context,
      importModuleDynamically: this.#importFrom(path),
    });
    const module = { exports: {} };
    run.call(module.exports, module.exports, undefined, module, path, dirname(path));
  }

  async runModule(source: string, path: string): Promise<void> {
    await this.#evaluated(this.#module(source, path));
  }

  async #evaluated(module: Module): Promise<Module> {
    const isNew = module.status === "unlinked" && !this.#links.has(module);
    if (isNew)
      this.#links.set(
        module,
        module.link((specifier, from) => this.#imported(specifier, from.identifier)),
      );
    await this.#links.get(module);
    // One that another has linked: evaluated while it is being linked, V8 ends the process.
    if (module.status === "unlinked" || module.status === "linking")
      throw new Error(`${module.identifier} is not linked`);
    // One that imports itself is evaluated already, which would end the process, too.
    if (module.status !== "evaluating") await module.evaluate();
    return module;
  }

  #importFrom(path: string): never {
    const load = async (specifier: string): Promise<Module> =>
      this.#evaluated(this.#imported(specifier, path));
    // The types of node:vm differ between functions and modules.
    return load as never;
  }

  #imported(specifier: string, from: string): Module {
    if (specifier.startsWith(probesModule))
      return this.#counters(Number(specifier.slice(probesModule.length)));
    const path = join(dirname(from), specifier);
    return this.#modules.get(path) ?? this.#importedModule(readFileSync(path, "utf8"), path);
  }

  /** Where the prober refuses it, the original runs. */
  #importedModule(source: string, path: string): Module {
    try {
      return this.#module(source, path);
    } catch (error) {
      if (!(error instanceof ProberError)) throw error;
      return this.#compiled(source, path);
    }
  }

  #module(source: string, path: string): Module {
    return this.#compiled(this.#textOf(source, path, "module"), path);
  }

  #compiled(text: string, path: string): Module {
    const module = new SourceTextModule(text, {
      identifier: path,
      context: this.#realm.context,
      importModuleDynamically: this.#importFrom(path),
    });
    this.#modules.set(path, module);
    return module;
  }

  #counters(slice: number): Module {
    const counters = this.#slices[slice];
    const evaluate = function (this: SyntheticModule) {
      this.setExport("default", counters);
    };
    return new SyntheticModule(["default"], evaluate, { context: this.#realm.context });
  }

  #textOf(source: string, path: string, kind: "commonjs" | "module"): string {
    if (!this.#isProbed) return source;
    const slice = this.#slices.length;
    // Whatever imports may be in a cycle.
    const by = kind === "module" && /\b(?:im|ex)port\b/.test(source) ? "import" : "function";
    const { text, plan } = probe(source, { kind, path, counters: { slice, by } });
    this.#slices.push(new Uint32Array(plan.probes));
    return text;
  }
}
