import pc from "picocolors";
import { expect, test } from "vitest";
import { terminalLines } from "./ansi.ts";
import { terminalSvg, textOf } from "./terminal-svg.ts";

const colours = pc.createColors(true);

test("what progress has overwritten is not on the screen", () => {
  const lines = terminalLines("\r\u001b[2K  … work 1\r\u001b[2K  … work 2\r\u001b[2K  ✓ work\r\nnext\r\n");
  expect(lines.map(textOf)).toEqual(["  ✓ work", "next", ""]);
});

test("pieces keep the colours that picocolors gave them", () => {
  const [line] = terminalLines(`a${colours.bold(colours.red("b"))}${colours.dim("c")}d`);
  expect(line).toEqual([
    { text: "a", bold: false, dim: false, colour: undefined },
    { text: "b", bold: true, dim: false, colour: 31 },
    { text: "c", bold: false, dim: true, colour: undefined },
    { text: "d", bold: false, dim: false, colour: undefined },
  ]);
});

test("columns stay below each other, and markup in the output is text", () => {
  const svg = terminalSvg(terminalLines("a   1\n<b>  2"), "t");
  const columnOf = (text: string) => new RegExp(`x="(\\d+)"[^>]*>${text}<`).exec(svg)?.[1];
  // A margin of 16, then 8 for each column.
  expect([columnOf("1"), columnOf("2")]).toEqual(["48", "56"]);
  expect(svg).toContain(">&#60;b&#62;<");
});
