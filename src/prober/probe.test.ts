import { describe, expect, test } from "vitest";
import { plannedStatements } from "../contract/probe-plan.ts";
import { type ProbeOptions, probe } from "./probe.ts";

const commonjs: ProbeOptions = { kind: "commonjs", counters: { slice: 7, by: "function" } };
const access = "const $p=__lambdaCoverageProbes(7);";

test.each([
  [
    "behind hashbang and directives",
    "#!/usr/bin/env node\n'use strict'\nf()",
    `#!/usr/bin/env node\n'use strict'\n${access}$p[0]++;f()`,
  ],
  [
    "a probe is reused until something may throw",
    "a = 1; f(); b",
    `${access}$p[0]++;a = 1; $p[1]++;f(); $p[2]++;b`,
  ],
  [
    "arms of one statement get braces",
    "if (x) f(); else;",
    `${access}$p[0]++;if (x) {$p[1]++;f();} else{$p[2]++;;}`,
  ],
  [
    "a name that would get lost",
    "for (let a = g(), f = () => 1;;);",
    `${access}$p[0]++;for (let a = g(), f = ($p[1]++,{"f":() => ($p[2]++,1)}["f"]);;);`,
  ],
  [
    "`__proto__` sets no prototype",
    "class A extends B { __proto__ = () => {} }",
    `${access}class A extends B { __proto__ = ($p[0]++,{["__proto__"]:() => {$p[1]++;}}["__proto__"]) }`,
  ],
  [
    "`let` that is a name does not take the probe for its own",
    "var let\nlet\n++x",
    `${access}var let\n$p[0]++;let\n;$p[1]++;++x`,
  ],
  ["nothing to count, nothing put in", "'use strict'\nimport('x')".slice(0, 12), "'use strict'"],
  ["a name that is not in the file", "$p.f()", `${access.replace("$p", "$p1")}$p1[0]++;$p.f()`],
])("%s", (_, source, copy) => {
  const { text } = probe(source, commonjs);
  expect(text).toBe(copy);
});

test("getters by whose text Node.js finds exports stay as they are", () => {
  const getter =
    'Object.defineProperty(exports, "a", { enumerable: true, get: function () { return m.a; } });';
  expect(probe(getter, commonjs)).toMatchObject({
    text: `${access}$p[0]++;${getter}`,
    leftOut: [{ reason: "export-getter" }],
  });
});

test("a module of a cycle imports its counters first", () => {
  const { text } = probe("import a from 'a';\na();", {
    kind: "module",
    counters: { slice: 7, by: "import" },
  });
  expect(text).toBe("import $p from\"lambda-coverage-probes:7\";import a from 'a';\n$p[0]++;a();");
});

describe("functions whose text is taken stay as they are, and are unknown", () => {
  test.each([
    "page.evaluate(() => { x(); });",
    "const sent = () => { x(); }; page.$eval('a', sent);",
    `function sent() { x(); } log(\`(\${sent})()\`);`,
    "log(sent.toString()); function sent() { x(); }",
    "const kept = () => { x(); };",
  ])("%s", (source) => {
    const { text, plan, leftOut } = probe(source, { ...commonjs, keepSource: ["ke*"] });
    expect(text).toContain("{ x(); }");
    expect(leftOut).toHaveLength(1);
    const at = source.indexOf("x();");
    const statement = [...plannedStatements(plan)].find(({ start }) => start === at);
    expect(statement).toMatchObject({ reference: 0 });
  });

  test("not where another variable of that name is meant", () => {
    expect(probe("function a() { x(); } function b(a) { return a.toString(); }", commonjs).leftOut).toEqual(
      [],
    );
  });
});

test.each([
  ["DoesNotParse", "const = 1"],
  ["DoesNotParse", "import a from 'a'"],
  [
    "InstrumentedByIstanbul",
    `function cov_1() { var coverageData = { _coverageSchema: "${"a".repeat(40)}" }; }`,
  ],
  ["AlreadyProbed", probe("f()", commonjs).text],
])("%s: refused by name", (code, source) => {
  expect(() => probe(source, { ...commonjs, path: "index.js" })).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining("index.js") }),
  );
});
