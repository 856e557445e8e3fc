/** The load test's smallest function. */
export async function handler(event: { name?: string }) {
  if (event.name === undefined) return { statusCode: 200, body: JSON.stringify({ message: "Hello!" }) };
  return { statusCode: 200, body: JSON.stringify({ message: `Hello, ${event.name}!` }) };
}
