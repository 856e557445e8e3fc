/** Packages whose tarballs in npm's registry hold their tests, and what those tests take. */
export interface Suite {
  name: string;
  version: string;
  /** Of the tests' files, relative to the package. */
  tests: RegExp;
  /** Prints TAP by itself, or is run by `node --test`. */
  runner: "tape" | "node:test";
  /** Run in CI. */
  isQuick?: boolean;
}

const tapeTests = /^test\/.*\.js$/;
const nodeTests = /^test\/.*\.test\.js$/;

export const suites: readonly Suite[] = [
  { name: "qs", version: "6.17.1", tests: tapeTests, runner: "tape", isQuick: true },
  { name: "minimist", version: "1.2.8", tests: tapeTests, runner: "tape", isQuick: true },
  { name: "json-stable-stringify", version: "1.3.0", tests: tapeTests, runner: "tape", isQuick: true },
  { name: "deep-equal", version: "2.2.3", tests: /^test\/(?!_tape).*\.js$/, runner: "tape" },
  { name: "fast-uri", version: "4.2.4", tests: nodeTests, runner: "tape" },
  { name: "secure-json-parse", version: "4.1.1", tests: tapeTests, runner: "tape" },
  { name: "find-my-way", version: "9.10.2", tests: nodeTests, runner: "node:test" },
  { name: "fast-json-stringify", version: "7.3.10", tests: nodeTests, runner: "node:test" },
  { name: "light-my-request", version: "6.8.1", tests: nodeTests, runner: "node:test" },
  // Without plugin-timeout: two timers of 10 ms race there, and where the other one wins it never ends.
  { name: "avvio", version: "9.3.1", tests: /^test\/(?!plugin-timeout).*\.test\.js$/, runner: "node:test" },
];

/** What their tests require besides. */
export const testDependencies = [
  "tape@5.10.2",
  "ajv@8",
  "express@5",
  "form-data@4",
  "formdata-node@6",
  "es-value-fixtures@1",
  "for-each@0.3",
  "has-bigints@1",
  "has-override-mistake@1",
  "has-property-descriptors@1",
  "has-proto@1",
  "has-symbols@1",
  "has-typed-arrays@1",
  "iconv-lite@0.5",
  "mock-property@1",
  "multer@2",
  "object-inspect@1",
  "object.getownpropertydescriptors@2",
  "proxyquire@2",
  "rfdc@1",
  "safer-buffer@2",
  "semver@7",
  "typebox@1",
  "undici@7",
];
