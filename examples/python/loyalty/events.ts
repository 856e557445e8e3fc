/** What the demo asks of the loyalty service, and the answers. */
export const loyaltyRequests: { event: Record<string, unknown>; answer: Record<string, unknown> }[] = [
  { event: { action: "earn", balance: 0, cents: 2900 }, answer: { points: 29 } },
  { event: { action: "earn", balance: 2500, cents: 8900, campaign: "double" }, answer: { points: 2856 } },
  { event: { action: "redeem", balance: 500, points: 300 }, answer: { points: 200 } },
  { event: { action: "redeem", balance: 500, points: 250 }, answer: { error: "points go by the hundred" } },
  { event: { action: "transfer" }, answer: { error: "unknown action transfer" } },
];
