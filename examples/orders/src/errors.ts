/** A request the shop refuses, with the HTTP status and a code that clients can switch on. */
export class ShopError extends Error {
  override readonly name: string = "ShopError";

  readonly status: 400 | 402 | 404 | 409 | 422 | 503;
  readonly code: string;
  readonly details: Record<string, unknown> | undefined;

  constructor(status: ShopError["status"], code: string, message: string, details?: Record<string, unknown>) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }

  toJSON() {
    return { error: this.code, message: this.message, ...(this.details ? { details: this.details } : {}) };
  }
}

export class NotFound extends ShopError {
  override readonly name = "NotFound";

  constructor(what: string, id: string) {
    super(404, "not_found", `There is no ${what} "${id}".`);
  }
}

export class Conflict extends ShopError {
  override readonly name = "Conflict";

  constructor(code: string, message: string, details?: Record<string, unknown>) {
    super(409, code, message, details);
  }
}

/** Whether trying again later may help; clients see it as a Retry-After header. */
export function isTransient(error: unknown): boolean {
  if (error instanceof ShopError) return error.status === 503;
  const name = error instanceof Error ? error.name : "";
  return name === "SlowDown" || name === "TimeoutError" || name === "ThrottlingException";
}
