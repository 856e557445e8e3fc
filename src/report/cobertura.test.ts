/** Validated by libxml2 against the rules of http://cobertura.sourceforge.net/xml/coverage-04.dtd. */
import { DtdValidator, ParseOption, XmlDocument, XmlDtd } from "libxml2-wasm";
import { expect, test } from "vitest";
import { renderCobertura } from "./cobertura.ts";
import { reportInput } from "./from-combine.ts";
import { sampleResult } from "./sample.fixture.ts";

/** Element → what may be in it, in this order, and the attributes that it must have. */
const rules: Record<string, [content: string, required: string]> = {
  coverage: [
    "(sources?, packages)",
    "line-rate branch-rate lines-covered lines-valid branches-covered branches-valid complexity version timestamp",
  ],
  sources: ["(source*)", ""],
  source: ["(#PCDATA)", ""],
  packages: ["(package*)", ""],
  package: ["(classes)", "name line-rate branch-rate complexity"],
  classes: ["(class*)", ""],
  class: ["(methods, lines)", "name filename line-rate branch-rate complexity"],
  methods: ["(method*)", ""],
  method: ["(lines)", "name signature line-rate branch-rate complexity"],
  lines: ["(line*)", ""],
  line: ["(conditions*)", "number hits"],
  conditions: ["(condition*)", ""],
  condition: ["EMPTY", "number type coverage"],
};
const optional = `<!ATTLIST line branch CDATA "false" condition-coverage CDATA "100%">`;

function coberturaDtd(): string {
  const declarations = Object.entries(rules).map(([element, [content, required]]) => {
    const attributes = required.split(" ").filter(Boolean);
    const list = attributes.map((attribute) => `${attribute} CDATA #REQUIRED`).join(" ");
    return `<!ELEMENT ${element} ${content}>${list && `<!ATTLIST ${element} ${list}>`}`;
  });
  return [...declarations, optional].join("\n");
}

function validate(xml: string): void {
  using document = XmlDocument.fromString(xml, { option: ParseOption.XML_PARSE_NONET });
  using dtd = XmlDtd.fromString(coberturaDtd());
  new DtdValidator(dtd).validate(document);
}

const xml = renderCobertura(
  reportInput(sampleResult(), {
    location: "s3://bucket/coverage/",
    generatedAt: new Date("2026-11-20T10:00:00Z"),
    version: "1.2.3",
  }).model,
);

test("cobertura.xml is valid, hostile names and sources included", () => {
  expect(xml).toContain("<method ");
  expect(xml).toContain("condition-coverage");
  expect(() => validate(xml)).not.toThrow();
});

test.each([
  ["an attribute is missing", (text: string) => text.replace(/ branch-rate="[^"]*"/, "")],
  [
    "elements are in another order",
    (text: string) =>
      text.replace(/<sources>.*<\/sources>/, "").replace("</coverage>", "<sources/></coverage>"),
  ],
  ["an element is unknown", (text: string) => text.replace("<methods>", "<methods><function/>")],
])("the rules say so where %s", (_, spoil) => {
  expect(() => validate(spoil(xml))).toThrow();
});
