/** The load test's failing function: each kind of error that a handler can end with, and none. */

class OrderRefused extends Error {
  readonly reason: string;

  constructor(reason: string) {
    super(`order refused: ${reason}`);
    this.name = "OrderRefused";
    this.reason = reason;
  }
}

export async function handler(event: { error_type?: string; missing?: { value: string } }) {
  switch (event.error_type ?? "none") {
    case "none":
      return { statusCode: 200, body: JSON.stringify({ message: "no error" }) };
    case "throw":
      throw new Error("thrown as asked");
    case "reject":
      return Promise.reject(new Error("rejected as asked"));
    case "custom":
      throw new OrderRefused("out of stock");
    case "type":
      return { statusCode: 200, body: (event.missing as { value: string }).value };
    default:
      return { statusCode: 400, body: JSON.stringify({ error: `unknown error_type ${event.error_type}` }) };
  }
}
