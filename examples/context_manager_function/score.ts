export interface Score {
  points: number;
  decision: "accept" | "review" | "reject";
}

export function score({ income, debts, years }: { income: number; debts: number; years: number }): Score {
  if (income <= 0) return { points: 0, decision: "reject" };
  const burden = debts / income;
  let points = 100 - Math.round(burden * 80);
  if (years >= 5) points += 15;
  else if (years < 1) points -= 25;
  if (points >= 80) return { points, decision: "accept" };
  return { points, decision: points >= 50 ? "review" : "reject" };
}
