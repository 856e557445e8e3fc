/** The load test's main function: several operations, so that different events cover different code. */

interface MainEvent {
  operation?: string;
  a?: number;
  b?: number;
  min?: number;
  max?: number;
  values?: number[];
  delayMs?: number;
}

interface Answer {
  statusCode: number;
  body: string;
}

type Operation = (event: MainEvent) => unknown;

const operations: Record<string, Operation> = {
  add: ({ a = 0, b = 0 }) => a + b,
  multiply: ({ a = 1, b = 1 }) => a * b,
  divide,
  random: ({ min = 1, max = 100 }) => Math.floor(min + Math.random() * (max - min + 1)),
  health: () => ({ status: "healthy" }),
  complex: ({ values = [1, 2, 3, 4, 5] }) => describe(values),
  async: ({ delayMs = 10 }) => later(delayMs),
};

export async function handler(event: MainEvent): Promise<Answer> {
  const name = event.operation ?? "add";
  const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
  if (operation === undefined) {
    return answer(400, { error: `unknown operation ${name}`, known: Object.keys(operations) });
  }
  try {
    return answer(200, { operation: name, result: await operation(event) });
  } catch (error) {
    return answer(422, { operation: name, error: error instanceof Error ? error.message : String(error) });
  }
}

function divide({ a = 1, b = 1 }: MainEvent): number {
  if (b === 0) throw new RangeError("division by zero");
  return a / b;
}

function describe(values: number[]) {
  if (values.length === 0) return { count: 0 };
  const sorted = [...values].sort((left, right) => left - right);
  const sum = sorted.reduce((total, value) => total + value, 0);
  const mean = sum / sorted.length;
  const middle = sorted.length >> 1;
  const median =
    sorted.length % 2 === 1 ? sorted[middle] : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
  const spread = Math.sqrt(sorted.reduce((total, value) => total + (value - mean) ** 2, 0) / sorted.length);
  return { count: sorted.length, sum, mean, median, spread, distinct: new Set(sorted).size };
}

async function later(delayMs: number) {
  const waits = [delayMs, delayMs * 2].map(
    (ms) => new Promise<number>((resolve) => setTimeout(() => resolve(ms), Math.min(ms, 1000))),
  );
  return { waited: await Promise.all(waits) };
}

function answer(statusCode: number, body: unknown): Answer {
  return { statusCode, body: JSON.stringify(body) };
}
