/** Patterns that hold unless COVERAGE_EXCLUDE_PATTERNS replaces them. Apart from the table, which the worker needs not. */
export const defaultExcludePatterns = ["**/node_modules/**"];
