/** A table without lines, as the command line prints lists. */
import Table from "cli-table3";

export function plainTable(head: string[]) {
  const chars = { top: "", "top-mid": "", "top-left": "", "top-right": "", bottom: "", "bottom-mid": "" };
  const inner = { "bottom-left": "", "bottom-right": "", left: "", "left-mid": "", mid: "", "mid-mid": "" };
  return new Table({
    head,
    chars: { ...chars, ...inner, right: "", "right-mid": "", middle: "  " },
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [] },
  });
}
