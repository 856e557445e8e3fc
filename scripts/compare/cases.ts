/** Where the tools differ, each by the smallest function that shows it. */
export interface Case {
  /** File below scripts/compare/apps, and anchor. */
  name: string;
  title: string;
  /** What happened, and why the tools differ. */
  story: string;
  events: unknown[];
  /** Sequences whose coverage files never reached the bucket. */
  lost: number[];
}

export const cases: readonly Case[] = [
  {
    name: "init-lost",
    title: "The first coverage file is lost",
    story:
      "Three invocations, a coverage file each; the first one, which holds the init phase, never reached the bucket. " +
      "V8 lists functions that never ran, and the module's top level, in the first snapshot only. Tools that take " +
      "what there is to cover from the snapshots then know nothing of them, and call it covered. We take it from the " +
      "source: what no file mentions may have run in the lost " +
      "file, so it is unknown, and the figure is of what is known.",
    events: [{ item: "tea" }, { item: "tea", coupon: true }, { item: "coffee" }],
    lost: [0],
  },
  {
    name: "early-return",
    title: "Code after an early return",
    story:
      "One invocation, without an order: it returns at line 5. V8's range for the code that follows ends at the next " +
      "`?.`, `||` or `?:`; what comes after shows the count of the enclosing block, as if it had run. We put the range " +
      "right by the syntax tree.",
    events: [{}],
    lost: [],
  },
  {
    name: "await-in-arm",
    title: "An await in an arm that was not taken",
    story:
      "Two invocations find the item, so that the right side of `??=`, which ends in an `await`, never runs. V8 then " +
      "counts what follows as never run though it ran both times. The same happens behind an arm of `?:`.",
    events: [{ item: "tea" }, { item: "tea" }],
    lost: [],
  },
];
