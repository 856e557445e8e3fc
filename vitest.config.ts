import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import { freshPath } from "./scripts/machine/fresh-path.ts";
import { chromiumPath, lacking, type NeedName, needs } from "./scripts/machine/needs.ts";

/** `.ci/run` and `make test` add up the runners' own counts from here. */
const resultsFolder = process.env.TEST_RESULTS_DIR;

/** `npm run test:thirdparty` runs the behaviour suite on a server that is not ours; what takes ours is left out. */
const otherServer = process.env.LAMBDA_COVERAGE_TEST_S3_ENDPOINT;

declare module "vitest" {
  interface TaskMeta {
    /** Why a test is skipped: what the machine has not got. */
    lacks?: string;
  }
}

/** By these a test asks for what a fresh machine does not have. */
const tags = (Object.keys(needs) as NeedName[]).map((name) => {
  const lacks = lacking(name);
  const meta = lacks === undefined ? {} : { lacks };
  return { name, description: needs[name].what, skip: lacks !== undefined, meta };
});

type Options = NonNullable<TestProjectInlineConfiguration["test"]>;

function project(name: string, include: string[], options: Options = {}): TestProjectInlineConfiguration {
  return { test: { name, include, tags, testTimeout: 120_000, hookTimeout: 180_000, ...options } };
}

/** The tests see a fresh machine: what takes more without asking for it fails wherever it runs. */
const chromium = chromiumPath();
const fresh = { env: { PATH: freshPath(), ...(chromium === undefined ? {} : { CHROMIUM: chromium }) } };

/** cdk, tsc, npm pack, cfn-lint and an emulator take their time where the machine is busy. */
const realTools = { testTimeout: 300_000, hookTimeout: 600_000 };

export default defineConfig({
  test: {
    reporters: resultsFolder
      ? ["default", ["json", { outputFile: `${resultsFolder}/vitest-${process.pid}.json` }]]
      : ["default"],
    maxWorkers: 2,
    // `npm run test` switches it on. What runs in child processes (command line, local Lambda, agent) and in
    // suites of their own (infra) is not counted: a floor against whole folders without tests, no goal.
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      exclude: ["**/*.test.ts", "**/*.fixture.ts", "**/fixtures/**", "**/*.d.ts"],
      reporter: ["text-summary", "html"],
      reportsDirectory: ".cache/own-coverage",
      thresholds: { statements: 38, branches: 32 },
    },
    projects: [
      project("unit", ["src/**/*.test.ts", "scripts/**/*.test.ts"], fresh),
      project("behaviour", ["tests/behaviour/**/*.test.ts"], {
        ...fresh,
        setupFiles: otherServer ? ["tests/behaviour/other-server.ts"] : [],
      }),
      project("conformance", ["tests/conformance/**/*.test.ts"], fresh),
      project("thirdparty", ["tests/thirdparty/**/*.test.ts"]),
      project("oracle", ["tests/oracle/**/*.test.ts"], fresh),
      project("python", ["tests/python/**/*.test.ts"]),
      project("infra", ["tests/infra/*.test.ts"], realTools),
      // Needs what `npm run infra:tools` installs; runs by `npm run test:infra` only.
      project("infra-emulator", ["tests/infra/emulator/**/*.test.ts"], realTools),
      project("e2e", ["tests/e2e/**/*.test.ts"], fresh),
    ],
  },
});
