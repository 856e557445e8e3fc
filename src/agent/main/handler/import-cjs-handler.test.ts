import { expect, test } from "vitest";
import { exportsByKeyword } from "./import-cjs-handler.ts";

test.each([
  "export const handler = 1;",
  "const a=1;export{a as handler}",
  "function f(){}export{f}",
  "/* c */export default f",
  "import x from 'x'\n   export * from 'y'",
  "let a\u2028export{a}",
  "\ufeffexport{a}",
  "let a\n\u00a0export{a}",
  `let a\n${" ".repeat(100)}export{a}`,
  "export/**/{a}",
])("may be an ES module: %j", (source) =>
  expect(exportsByKeyword(Buffer.from(source).toString("latin1"))).toBe(true),
);

test.each([
  "exports.handler = () => 1",
  "module.exports = { exported: 1 }; // never export default",
  'const __export = (target) => target; __export({}, { "export": 1 })',
  "a.export {",
])("is CommonJS: %j", (source) =>
  expect(exportsByKeyword(Buffer.from(source).toString("latin1"))).toBe(false),
);
