/** What main thread and worker both load: one file of the layer, not a copy in each bundle. */
export * from "./agent-symbol.ts";
export * from "./extension-client.ts";
export * from "./hold-budget.ts";
export * from "./http-exchange.ts";
export * from "./log.ts";
export * from "./open-marker.ts";
export * from "./shared-status.ts";
