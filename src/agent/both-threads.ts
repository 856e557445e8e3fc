/** What main thread and worker both load: one file of the layer, not a copy in each bundle. */
export * from "./agent-symbol.ts";
export * from "./delivery/hold-budget.ts";
export * from "./delivery/http-exchange.ts";
export * from "./delivery/log.ts";
export * from "./delivery/open-marker.ts";
export * from "./extension-client.ts";
export * from "./shared-status.ts";
