/**
 * Random CommonJS programs that end, from a seed. They call `log(value)`, which says what happened in which order,
 * and `boom(value)`, which throws now and then; `tick()` ends loops that would run too long.
 */
import type { Random } from "./mutations.ts";

interface Surroundings {
  /** Variables that may be read. */
  reads: string[];
  /** Those that may be written. */
  writes: string[];
  isAsync: boolean;
  isGenerator: boolean;
  isLoop: boolean;
  isFunction: boolean;
  isStrict: boolean;
  hasArguments: boolean;
}

export interface ProgramOptions {
  /** The runtime knows `using`. */
  withUsing: boolean;
  isModule: boolean;
}

export function randomProgram(random: Random, options: ProgramOptions): string {
  return new ProgramWriter(random, options).program();
}

class ProgramWriter {
  readonly #random: Random;
  readonly #withUsing: boolean;
  readonly #isModule: boolean;
  #names = 0;
  #depth = 0;

  constructor(random: Random, { withUsing, isModule }: ProgramOptions) {
    this.#random = random;
    this.#withUsing = withUsing;
    this.#isModule = isModule;
  }

  program(): string {
    const isStrict = this.#isModule || this.#chance(0.3);
    const scope: Surroundings = {
      reads: ["o", "v", "zero"],
      writes: ["v"],
      isAsync: this.#isModule,
      isGenerator: false,
      isLoop: false,
      isFunction: false,
      isStrict,
      hasArguments: !this.#isModule,
    };
    const functions = this.#times(1 + this.#below(4), () => this.#declaredFunction(scope));
    const directive = isStrict && !this.#isModule ? this.#pick(["'use strict';\n", '"use strict"\n']) : "";
    const start = "var o = { a: { b: 2, f() { return log(this === o) } }, n: null }, v = 3; let zero = 0\n";
    const body = this.#statements(scope, 4);
    const calls = functions.map(({ call }) => call).join("\n");
    return `${directive}${start}${functions.map(({ text }) => text).join("\n")}\n${body}\n${calls}\n`;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #chance(probability: number): boolean {
    return this.#random() < probability;
  }

  #pick<T>(choices: readonly T[]): T {
    return choices[this.#below(choices.length)] as T;
  }

  #times<T>(count: number, make: () => T): T[] {
    return Array.from({ length: count }, make);
  }

  #newName(): string {
    return `n${this.#names++}`;
  }

  /** Where a line may end without a semicolon, it sometimes does. */
  #end(): string {
    return this.#pick([";", ";", ";\n", "\n"]);
  }

  #declaredFunction(scope: Surroundings): { text: string; call: string } {
    const name = this.#newName();
    const isAsync = this.#chance(0.35);
    const isGenerator = this.#chance(0.25);
    const text = `${isAsync ? "async " : ""}function${isGenerator ? "*" : ""} ${name}${this.#rest(scope, { isAsync, isGenerator })}`;
    const args = this.#pick(["", "1", "null, 2", "undefined, [1, 2]", "{ p: 1 }"]);
    const kind = `${isAsync ? "async" : ""}${isGenerator ? "generator" : ""}`;
    return { text, call: `task(() => ${name}(${args}), ${JSON.stringify(kind)});` };
  }

  /** Parameters and body. */
  #rest(outer: Surroundings, kind: { isAsync: boolean; isGenerator: boolean }): string {
    const names = [this.#newName(), this.#newName()];
    const inner: Surroundings = {
      ...outer,
      ...kind,
      reads: [...outer.reads, ...names],
      writes: [...outer.writes, ...names],
      isLoop: false,
      isFunction: true,
      hasArguments: true,
    };
    // `yield` and `await` may not stand in parameters.
    const plain = { ...inner, isAsync: false, isGenerator: false, reads: outer.reads, writes: outer.writes };
    const parameters = names.map((name) => this.#parameter(name, plain)).join(", ");
    const isSimple = !/[={[]/.test(parameters);
    const directive = isSimple && this.#chance(0.15) ? "'use strict'\n" : "";
    const strict = directive === "" ? inner : { ...inner, isStrict: true };
    return `(${parameters}) {${directive}${this.#statements(strict, 4)}}`;
  }

  #parameter(name: string, scope: Surroundings): string {
    const value = () => this.#expression(scope);
    return this.#pick([
      () => name,
      () => name,
      () => `${name} = ${value()}`,
      () => `{ p: ${name} = ${value()} } = { }`,
      () => `[${name} = ${value()}] = []`,
      () => `{ [${this.#pick(["'p'", "log('p')"])}]: [${name}] = [${value()}] } = ${value()}`,
    ])();
  }

  #statements(scope: Surroundings, most: number): string {
    if (this.#depth > 4) return this.#simple(scope);
    this.#depth++;
    const inner: Surroundings = { ...scope, reads: [...scope.reads], writes: [...scope.writes] };
    const text = this.#times(1 + this.#below(most), () => this.#statement(inner)).join(
      this.#pick([" ", "\n"]),
    );
    this.#depth--;
    return text;
  }

  #simple(scope: Surroundings): string {
    return `${this.#pick(["", "log", "v = "])}(${this.#expression(scope)});`;
  }

  #statement(scope: Surroundings): string {
    const kinds = [
      () => this.#simple(scope),
      () => this.#simple(scope),
      () => this.#declaration(scope),
      () => this.#declaration(scope),
      () => this.#if(scope),
      () => this.#if(scope),
      () => this.#loop(scope),
      () => this.#switch(scope),
      () => this.#try(scope),
      () => this.#class(scope),
      () => this.#label(scope),
      () => `{ ${this.#statements(scope, 3)} }`,
      () => this.#jump(scope),
      () => `${this.#expression(scope, true)}${this.#end()}`,
      () => this.#inner(scope),
      () => this.#destructuring(scope),
    ];
    if (this.#withUsing && scope.isFunction) kinds.push(() => this.#using(scope));
    return this.#pick(kinds)();
  }

  #inner(scope: Surroundings): string {
    const { text, call } = this.#declaredFunction(scope);
    return `${text} ${call}`;
  }

  #using(scope: Surroundings): string {
    const made = `disposable(${this.#expression(scope)})`;
    const kind = scope.isAsync && this.#chance(0.5) ? "await using" : "using";
    return `{ ${kind} ${this.#newName()} = ${made}; ${this.#statements(scope, 2)} }`;
  }

  #declaration(scope: Surroundings): string {
    const kind = this.#pick(["var", "let", "const"]);
    const text = this.#times(1 + this.#below(3), () => {
      const name = this.#newName();
      const isBare = kind !== "const" && this.#chance(0.15);
      const declarator = isBare ? name : `${name} = ${this.#expression(scope)}`;
      scope.reads.push(name);
      if (kind !== "const") scope.writes.push(name);
      return declarator;
    }).join(", ");
    return `${kind} ${text};`;
  }

  #destructuring(scope: Surroundings): string {
    const name = this.#newName();
    const target = this.#pick([
      () => `{ a: ${name} = ${this.#expression(scope)} }`,
      () => `[${name} = ${this.#expression(scope)}, ...${this.#newName()}]`,
      () => `{ a: { b: ${name} = ${this.#expression(scope)} } = ${this.#expression(scope)} }`,
      () => `{ [${this.#expression(scope)}]: ${name} = () => 1 }`,
    ])();
    const text = `var ${target} = ${this.#pick(["o", "[1]", "{}", "null", this.#expression(scope)])};`;
    scope.reads.push(name);
    return text;
  }

  #body(scope: Surroundings): string {
    if (this.#chance(0.6)) return `{ ${this.#statements(scope, 3)} }`;
    if (this.#chance(0.15)) return ";";
    return this.#pick([() => this.#simple(scope), () => this.#jump(scope), () => this.#if(scope)])();
  }

  #if(scope: Surroundings): string {
    this.#depth++;
    const test = this.#expression(scope);
    const text =
      this.#depth > 6
        ? `if (${test}) { ${this.#simple(scope)} }`
        : this.#chance(0.5)
          ? `if (${test}) { ${this.#statements(scope, 3)} } else ${this.#body(scope)}`
          : `if (${test}) ${this.#body(scope)}`;
    this.#depth--;
    return text;
  }

  #loop(outer: Surroundings): string {
    this.#depth++;
    const name = this.#newName();
    const scope = { ...outer, isLoop: true, reads: [...outer.reads, name] };
    const value = () => this.#expression(scope);
    const around = () => this.#expression(outer);
    const text = this.#pick([
      () => `for (let ${name} = 0; tick() && ${name} < ${this.#below(4)}; ${name}++) ${this.#body(scope)}`,
      () => `for (var ${name} = ${around()}; tick() && ${value()}; ${value()}) ${this.#body(scope)}`,
      () => `for (const ${name} of ${this.#pick(["[1, 2]", "'ab'", around()])}) ${this.#body(scope)}`,
      () => `for (const ${name} in ${this.#pick(["o", "[7]", around()])}) ${this.#body(scope)}`,
      () => `for (let { a: ${name} = ${around()} } of [{}, { a: 1 }]) ${this.#body(scope)}`,
      () => `var ${name} = 2; while (tick() && ${name}-- > 0) ${this.#body(scope)}`,
      () => `var ${name} = 0; do ${this.#body(scope)} while (tick() && ${name}++ < 2);`,
      () =>
        outer.isAsync
          ? `for await (const ${name} of [1, ${around()}]) ${this.#body(scope)}`
          : `for (var ${name} = ('a' in o) ? 1 : 2; tick() && ${name} > 0; ${name}--) ${this.#body(scope)}`,
    ])();
    this.#depth--;
    return text;
  }

  #label(outer: Surroundings): string {
    const label = this.#newName();
    const inner = this.#statements(outer, 2);
    return this.#pick([
      `${label}: { ${inner} if (${this.#expression(outer)}) break ${label}; ${this.#simple(outer)} }`,
      `${label}: for (const x of [1, 2]) { for (;tick();) { ${this.#simple(outer)} if (${this.#expression(outer)}) continue ${label}; break ${label}; } }`,
    ]);
  }

  #switch(scope: Surroundings): string {
    const inner = { ...scope, reads: [...scope.reads], writes: [...scope.writes] };
    const cases = this.#times(1 + this.#below(4), () => {
      const body = this.#chance(0.7) ? `${this.#simple(inner)} ${this.#if(inner)}` : "";
      return `case ${this.#pick(["1", "'x'", this.#expression(scope)])}: ${body} ${this.#chance(0.5) ? "break;" : ""}`;
    });
    const fallback = `default: ${this.#chance(0.7) ? this.#simple(scope) : ""}`;
    if (this.#chance(0.6)) cases.splice(this.#below(cases.length + 1), 0, fallback);
    return `switch (${this.#expression(scope)}) { ${cases.join("\n")} }`;
  }

  #try(scope: Surroundings): string {
    const caught = this.#pick(["catch", "catch (e)", "catch ({ message = 1 })"]);
    const last = this.#chance(0.4) ? ` finally { ${this.#statements(scope, 2)} }` : "";
    const handler = last === "" || this.#chance(0.6) ? ` ${caught} { ${this.#statements(scope, 2)} }` : "";
    return `try { ${this.#statements(scope, 3)} }${handler}${last}`;
  }

  #jump(scope: Surroundings): string {
    const jumps = [() => `throw ${this.#pick(["new Error('thrown')", "v", this.#expression(scope)])};`];
    if (scope.isFunction) jumps.push(() => this.#pick([`return ${this.#expression(scope)};`, "return;"]));
    if (scope.isLoop) jumps.push(() => this.#pick(["break;", "continue;"]));
    return this.#pick(jumps)();
  }

  #class(outer: Surroundings): string {
    const name = this.#newName();
    const scope = {
      ...outer,
      isAsync: false,
      isGenerator: false,
      isStrict: true,
      isLoop: false,
      hasArguments: false,
    };
    const value = () => this.#expression(scope);
    const method = () => this.#rest(scope, { isAsync: false, isGenerator: false });
    const members = this.#times(1 + this.#below(5), () =>
      this.#pick([
        () => `${this.#newName()} = ${value()};`,
        () => `${this.#newName()} = () => ${value()};`,
        () => `static ${this.#newName()} = ${value()};`,
        () => `static { ${this.#simple({ ...scope, isFunction: false })} }`,
        () => `#p${this.#newName()} = ${value()};`,
        () => `#q${this.#newName()}${method()}`,
        () => `${this.#newName()}${method()}`,
        () => `get ${this.#newName()}() { return ${value()}; }`,
        () => `[log('k${this.#newName()}')] = ${value()};`,
        () => `static [log('s${this.#newName()}')] = class {};`,
        () => `static async *${this.#newName()}() { yield ${value()}; }`,
      ])(),
    ).join(" ");
    const parent = this.#pick(["", "", " extends Base", ` extends (${this.#expression(outer)}, Base)`]);
    return `class ${name}${parent} { ${members} }\nlog(Object.getOwnPropertyNames(new ${name}()).join());`;
  }

  #expression(scope: Surroundings, isStatement = false): string {
    if (this.#depth > 7) return this.#pick(["1", "v", "o.a", "log(1)", "undefined", "null"]);
    this.#depth++;
    const text = this.#pick(isStatement ? this.#effects(scope) : this.#values(scope))();
    this.#depth--;
    return text;
  }

  #effects(scope: Surroundings): (() => string)[] {
    const value = () => this.#expression(scope);
    const target = () => this.#pick([...scope.writes, "o.x", "o.a.b", `o[${value()}]`]);
    return [
      () => `log(${value()})`,
      () => `boom(${value()})`,
      () => `${target()} = ${value()}`,
      () => `${target()} ${this.#pick(["+=", "&&=", "||=", "??="])} ${value()}`,
      () => `${this.#pick([...scope.writes, "o.x"])}++`,
      () => `${this.#pick(scope.reads)} && ${value()}`,
      () => `${value()} ? log(${value()}) : ${value()}`,
      () => `o.a.f()`,
      () => `o?.q?.[${value()}]?.(${value()})`,
      () => `delete o.x`,
    ];
  }

  #values(scope: Surroundings): (() => string)[] {
    const value = () => this.#expression(scope);
    const kinds = [
      ...this.#effects(scope).map((effect) => () => `(${effect()})`),
      () => this.#pick(["0", "1", "''", "'x'", "null", "undefined", "true", "false", "[]", "NaN"]),
      () => this.#pick(scope.reads),
      () => this.#pick(scope.reads),
      () => `(${value()} ${this.#pick(["&&", "||"])} ${value()})`,
      () => `(${value()} ?? ${value()})`,
      () => `(${value()} ${this.#pick(["+", "===", "==", "<", "-"])} ${value()})`,
      () => `(${value()} ? ${value()} : ${value()})`,
      () => `[${value()}, ...[${value()}]]`,
      () =>
        `({ a: ${value()}, [${value()}]: 1, m() { ${this.#statements({ ...scope, isAsync: false, isGenerator: false, isLoop: false, isFunction: true, hasArguments: true }, 2)} } })`,
      () => `\`t\${${value()}}\``,
      () => `tag\`x\${${value()}}y\``,
      () => `(${value()}, ${value()})`,
      () => `${this.#pick(["!", "typeof ", "void ", "- "])}${value()}`,
      () => `typeof undeclared`,
      () => (this.#chance(0.2) ? "undeclared" : "1"),
      () => `o.n.deep`,
      () => `o.nope(${value()})`,
      () => `(() => ${this.#expression({ ...scope, isAsync: false, isGenerator: false })})()`,
      () => `log((${scope.writes[0]} = ${this.#pick(["() => 1", "function () {}", "class {}"])}).name)`,
      () => `new Base(${value()})`,
    ];
    if (scope.hasArguments) kinds.push(() => "arguments.length");
    if (scope.isAsync)
      kinds.push(
        () => `(await ${value()})`,
        () => `(await boom(${value()}))`,
      );
    if (scope.isGenerator) kinds.push(() => `(yield ${value()})`);
    return kinds;
  }
}
