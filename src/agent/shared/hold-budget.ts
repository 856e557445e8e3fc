/** Keeps an answered invocation from ending as timed out because of us. */
const deadlineReserveMs = 500;
/** Billed time after the response is the user's money, whatever COVERAGE_UPLOAD_TIMEOUT says. */
const maxHoldMs = 2000;

/** How long this invocation may be held after its response: 0 where there is no time left. */
export function holdBudgetMs(uploadTimeoutSeconds: number, msToDeadline: number): number {
  return Math.max(0, Math.min(uploadTimeoutSeconds * 1000, msToDeadline - deadlineReserveMs, maxHoldMs));
}

export interface Budget {
  /** On `clock.now()`'s scale, ms. See `holdBudgetMs`. */
  deadlineAt: number;
}
