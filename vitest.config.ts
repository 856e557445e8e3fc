import { defineConfig } from "vitest/config";

/** `.ci/run` adds up the runners' own counts from here. */
const resultsFolder = process.env.TEST_RESULTS_DIR;

/** `npm run test:thirdparty` runs the behaviour suite on a server that is not ours; what takes ours is left out. */
const otherServer = process.env.LAMBDA_COVERAGE_TEST_S3_ENDPOINT;

/** cdk, tsc, npm pack, cfn-lint and an emulator take their time where the machine is busy. */
const realTools = { testTimeout: 300_000, hookTimeout: 600_000 };

export default defineConfig({
  test: {
    reporters: resultsFolder
      ? ["default", ["json", { outputFile: `${resultsFolder}/vitest-${process.pid}.json` }]]
      : ["default"],
    testTimeout: 120_000,
    hookTimeout: 180_000,
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
      { extends: true, test: { name: "unit", include: ["src/**/*.test.ts", "scripts/**/*.test.ts"] } },
      {
        extends: true,
        test: {
          name: "behaviour",
          include: ["tests/behaviour/**/*.test.ts"],
          setupFiles: otherServer ? ["tests/behaviour/other-server.ts"] : [],
        },
      },
      { extends: true, test: { name: "conformance", include: ["tests/conformance/**/*.test.ts"] } },
      { extends: true, test: { name: "thirdparty", include: ["tests/thirdparty/**/*.test.ts"] } },
      { extends: true, test: { name: "oracle", include: ["tests/oracle/**/*.test.ts"] } },
      { extends: true, test: { name: "python", include: ["tests/python/**/*.test.ts"] } },
      { extends: true, test: { name: "infra", include: ["tests/infra/*.test.ts"], ...realTools } },
      // Needs what `npm run infra:tools` installs; runs by `npm run test:infra` only.
      {
        extends: true,
        test: { name: "infra-emulator", include: ["tests/infra/emulator/**/*.test.ts"], ...realTools },
      },
      { extends: true, test: { name: "e2e", include: ["tests/e2e/**/*.test.ts"] } },
    ],
  },
});
