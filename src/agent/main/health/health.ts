/** The health check as a bundle of its own: loaded only where COVERAGE_HEALTH_CHECK_PATH asks for it. */
export { healthResponder } from "./health-check.ts";
export { healthBody } from "./health-status.ts";
