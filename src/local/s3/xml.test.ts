import { expect, test } from "vitest";
import { escapeXml, xmlText, xmlTexts } from "./xml.ts";

test("elements by name: with attributes, inside others, unescaped at the leaves", () => {
  const xml = `<A xmlns="x"><Part><PartNumber>1</PartNumber></Part><Part n="2">${escapeXml("<&>")}</Part></A>`;
  expect(xmlTexts(xml, "Part")).toEqual(["<PartNumber>1</PartNumber>", "<&>"]);
  expect(xmlText(xml, "PartNumber")).toBe("1");
  expect(xmlTexts("<Part><Part", "Part")).toEqual([]);
});

test("a megabyte of elements that are never closed is read once, not once for each of them", () => {
  expect(xmlTexts("<Part>".repeat(170_000), "Part")).toEqual([]);
  expect(xmlTexts("<Part ".repeat(170_000), "Part")).toEqual([]);
});
