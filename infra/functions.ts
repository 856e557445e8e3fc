/** Every function of the two stacks: where its code is, how it is invoked, which events show that it works. */

import { type PayloadSetName, payloadSets } from "../src/load-test/payload-sets.ts";

export interface DeployedFunction {
  /** Construct id; the deployed name begins with `<stack>-<id>`. */
  id: string;
  /** Entry module, relative to the repository. */
  entry: string;
  handler: string;
  /** false: the code itself calls `coverageHandler` or uses `CoverageContext`. */
  wrapper: boolean;
  environment?: Record<string, string>;
  /** Events for the smoke tests; the first one must succeed. */
  events: unknown[];
}

const restEvent = (httpMethod: string, path: string, body: unknown = null) => ({
  httpMethod,
  path,
  headers: {},
  body: body === null ? null : JSON.stringify(body),
});

const readings = [
  { sensor: "hall", value: 21.5 },
  { sensor: "hall", value: 22 },
];

const order = { id: "o-1", items: [{ sku: "tea", quantity: 2 }], card: "4242" };

export const exampleFunctions: readonly DeployedFunction[] = [
  {
    id: "SimpleCoverageExample",
    entry: "examples/simple_function/index.ts",
    handler: "index.handler",
    wrapper: false,
    events: [{ name: "TestUser" }, { name: "TestUser", language: "fr" }],
  },
  {
    id: "ContextManagerExample",
    entry: "examples/context_manager_function/index.ts",
    handler: "index.handler",
    wrapper: false,
    events: [{ income: 4000, debts: 500, years: 5 }],
  },
  {
    id: "HealthCheckExample",
    entry: "examples/health_check_function/index.ts",
    handler: "index.handler",
    wrapper: false,
    events: [restEvent("GET", "/health"), restEvent("GET", "/rooms/101"), restEvent("GET", "/rooms/7")],
  },
  {
    id: "AdvancedSampledExample",
    entry: "examples/advanced_usage/index.ts",
    handler: "index.sampled",
    wrapper: false,
    environment: { SAMPLE_SHARE: "1" },
    events: [{ readings }],
  },
  {
    id: "AdvancedStagedExample",
    entry: "examples/advanced_usage/index.ts",
    handler: "index.staged",
    wrapper: false,
    environment: { STAGE: "dev" },
    events: [{ readings }],
  },
  {
    id: "AdvancedSelectiveExample",
    entry: "examples/advanced_usage/index.ts",
    handler: "index.selective",
    wrapper: false,
    events: [{ lines: ["hall,21.5", "hall,22"] }],
  },
  {
    id: "ShopOrderExample",
    entry: "examples/shop/index.ts",
    handler: "index.processOrder",
    wrapper: true,
    events: [{ order }],
  },
  {
    id: "ShopInventoryExample",
    entry: "examples/shop/index.ts",
    handler: "index.inventory",
    wrapper: false,
    events: [{ action: "check", items: order.items }],
  },
  {
    id: "ShopApiExample",
    entry: "examples/shop/index.ts",
    handler: "index.api",
    wrapper: true,
    events: [restEvent("GET", "/health"), restEvent("GET", "/stock")],
  },
];

const eventsOf = (set: PayloadSetName) => payloadSets[set].map(({ payload }) => payload);

/** A Python function: its folder is the asset. */
export interface DeployedPythonFunction {
  id: string;
  folder: string;
  handler: string;
  /** false: the code itself uses `coverage_handler` or `CoverageContext`. */
  wrapper: boolean;
  /** Reads coverage instead of collecting it. */
  combines?: true;
  events: unknown[];
}

const records = [
  { kind: "tea", amount: 3 },
  { kind: "cup", amount: 1 },
];

export const pythonExampleFunctions: readonly DeployedPythonFunction[] = [
  {
    id: "LoyaltyExample",
    folder: "examples/python/loyalty",
    handler: "loyalty.handler",
    wrapper: true,
    events: [
      { action: "earn", balance: 2500, cents: 8900, campaign: "double" },
      { action: "redeem", balance: 500, points: 250 },
    ],
  },
  {
    id: "PythonSimpleExample",
    folder: "examples/python_simple_function",
    handler: "app.lambda_handler",
    wrapper: false,
    events: [{ name: "TestUser", language: "de" }, {}],
  },
  {
    id: "PythonContextManagerExample",
    folder: "examples/python_context_manager_function",
    handler: "app.lambda_handler",
    wrapper: false,
    events: [{ numbers: [50, 60, -5] }],
  },
  {
    id: "PythonHealthCheckExample",
    folder: "examples/python_health_check_function",
    handler: "app.lambda_handler",
    wrapper: false,
    events: [{ path: "/health" }, { path: "/orders" }],
  },
  {
    id: "PythonAdvancedExample",
    folder: "examples/python_advanced_usage",
    handler: "app.lambda_handler",
    wrapper: false,
    events: [{ records, share: 1 }],
  },
  {
    id: "PythonCombinerExample",
    folder: "examples/python_combiner_function",
    handler: "app.lambda_handler",
    wrapper: false,
    combines: true,
    events: [],
  },
];

export const testFunctions: readonly DeployedFunction[] = [
  {
    id: "MainTestFunction",
    entry: "infra/test-functions/main.ts",
    handler: "index.handler",
    wrapper: true,
    events: eventsOf("main"),
  },
  {
    id: "SimpleTestFunction",
    entry: "infra/test-functions/simple.ts",
    handler: "index.handler",
    wrapper: true,
    events: eventsOf("simple"),
  },
  {
    id: "ErrorTestFunction",
    entry: "infra/test-functions/error.ts",
    handler: "index.handler",
    wrapper: true,
    events: eventsOf("error"),
  },
];
