import { expect, test } from "vitest";
import { typedCommand } from "./typed-command.ts";

test.each([
  [{}, "lambda-coverage"],
  [{ npm_command: "exec", npm_package_name: "lambda-coverage-layer" }, "npx lambda-coverage"],
  [{ npm_command: "run-script", npm_package_name: "shop" }, "npx lambda-coverage"],
  [
    { npm_command: "run-script", npm_package_name: "lambda-coverage-layer" },
    "npm run --silent lambda-coverage --",
  ],
])("started with %o, it is typed as %s", (env, typed) => {
  expect(typedCommand(env)).toBe(typed);
});
