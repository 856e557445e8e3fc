import { ShopError } from "./errors.ts";
import { type Cents, formatCents } from "./money.ts";
import type { Payment } from "./schemas.ts";

export interface Receipt {
  method: Payment["method"];
  amount: Cents;
  reference: string;
  /** Invoices are paid later. */
  settled: boolean;
}

const giftCards = new Map<string, Cents>([
  ["GC-HELLO", 5000],
  ["GC-EMPTY", 0],
]);

/** Test card numbers, as payment providers have them. */
const declines: Record<string, string> = {
  "4000000000000002": "card_declined",
  "4000000000009995": "insufficient_funds",
  "4000000000000119": "processing_error",
};

export function charge(payment: Payment, amount: Cents, orderId: string, today: Date): Receipt {
  if (amount === 0) return { method: payment.method, amount, reference: "free", settled: true };
  switch (payment.method) {
    case "card":
      return chargeCard(payment.card, amount, orderId, today);
    case "invoice":
      return billCompany(payment.vatId, amount, orderId);
    case "gift_card":
      return redeem(payment.code, amount);
  }
}

function chargeCard(
  card: { number: string; expires: string },
  amount: Cents,
  orderId: string,
  today: Date,
): Receipt {
  const digits = card.number.replace(/[\s-]/g, "");
  if (!luhn(digits)) throw new ShopError(422, "card_invalid", "That is not a card number.");
  const [month, year] = card.expires.split("/").map(Number) as [number, number];
  if (new Date(Date.UTC(2000 + year, month, 1)) <= today) {
    throw new ShopError(402, "card_expired", `The card expired in ${card.expires}.`);
  }
  const decline = declines[digits];
  if (decline === "processing_error")
    throw new ShopError(503, decline, "The bank does not answer. Try again.");
  if (decline !== undefined) throw new ShopError(402, decline, "The bank refused the payment.");
  return { method: "card", amount, reference: `ch_${orderId.slice(4)}_${digits.slice(-4)}`, settled: true };
}

function billCompany(vatId: string, amount: Cents, orderId: string): Receipt {
  if (!/^(DE\d{9}|ATU\d{8}|FR[A-Z0-9]{2}\d{9}|NL\d{9}B\d{2})$/.test(vatId)) {
    throw new ShopError(422, "vat_id_invalid", `"${vatId}" is not a VAT number.`);
  }
  if (amount > 500_000) throw new ShopError(402, "credit_limit", `Invoices end at ${formatCents(500_000)}.`);
  return { method: "invoice", amount, reference: `inv_${orderId.slice(4)}`, settled: false };
}

function redeem(code: string, amount: Cents): Receipt {
  const balance = giftCards.get(code);
  if (balance === undefined) throw new ShopError(422, "gift_card_unknown", "That gift card does not exist.");
  if (balance < amount) {
    throw new ShopError(402, "gift_card_low", `The card holds ${formatCents(balance)}.`, {
      missing: amount - balance,
    });
  }
  return { method: "gift_card", amount, reference: code, settled: true };
}

function luhn(digits: string): boolean {
  if (!/^\d{12,19}$/.test(digits)) return false;
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    let digit = Number(digits[digits.length - 1 - i]);
    if (i % 2 === 1) {
      digit *= 2;
      if (digit > 9) digit -= 9;
    }
    sum += digit;
  }
  return sum % 10 === 0;
}
