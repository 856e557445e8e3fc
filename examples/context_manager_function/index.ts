import { CoverageContext } from "lambda-coverage-layer";
import { score } from "./score.ts";

interface LoanEvent {
  income: number;
  debts: number;
  years: number;
}

/** Only what runs inside the context is counted; the set-up and the clean-up are not. */
export async function handler(event: LoanEvent) {
  const started = openLedger();

  const result = await new CoverageContext().run(async () => score(event));

  closeLedger(started);
  return { statusCode: 200, body: JSON.stringify(result) };
}

function openLedger(): number {
  return Date.now();
}

function closeLedger(started: number): void {
  if (Date.now() - started > 1000) console.warn("scoring took more than a second");
}
