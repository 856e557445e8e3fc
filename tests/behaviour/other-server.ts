/**
 * Set up where the suite runs against a server that is not ours: leaves out, by name, what takes one of ours.
 * `npm run test:thirdparty` prints the list, and fails where a name leads to no test.
 */
import { basename } from "node:path";
import { beforeEach } from "vitest";
import { leftOut } from "./left-out.ts";

beforeEach(({ task, skip }) => {
  const found = leftOut(basename(task.file.filepath), task.name);
  if (found !== undefined) skip(found.reason);
});
