import { expect, test } from "vitest";
import { parseBytes } from "./read-object.ts";
import { UnusableFile } from "./validate.ts";

test("what is no JSON is the file's fault; whatever else is thrown while it is read is ours", () => {
  expect(() => parseBytes(Buffer.from("{,"), 100)).toThrow(UnusableFile);
  const bug = new TypeError("Cannot read properties of undefined");
  const parse = () => {
    throw bug;
  };
  expect(() => parseBytes(Buffer.from("{}"), 100, parse)).toThrow(bug);
});
