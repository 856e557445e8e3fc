import { formatCents } from "./money.ts";
import type { Order } from "./orders.ts";

/** The order as plain text, 48 columns, for the printer in the warehouse. */
export function renderInvoice(order: Order): string {
  const { quote } = order;
  const rows = [
    `Invoice ${order.id}`,
    `Placed  ${order.placedAt.slice(0, 10)}`,
    "-".repeat(48),
    ...quote.lines.map((line) => row(`${line.quantity} x ${line.name}`, formatCents(line.total))),
    "-".repeat(48),
    row("Subtotal", formatCents(quote.subtotal)),
  ];
  for (const coupon of quote.coupons) {
    if (coupon.discount > 0) rows.push(row(`Coupon ${coupon.code}`, formatCents(-coupon.discount)));
  }
  if (quote.loyalty > 0) rows.push(row("Loyalty", formatCents(-quote.loyalty)));
  rows.push(
    row(shippingLabel(order), quote.shipping.price === 0 ? "free" : formatCents(quote.shipping.price)),
  );
  rows.push(row("Total", formatCents(quote.total)), row("of which tax", formatCents(quote.tax)));
  if (!order.receipt.settled) rows.push("", "Payable within 14 days.");
  if (order.refunded > 0) rows.push("", row("Refunded", formatCents(order.refunded)));
  return `${rows.join("\n")}\n`;
}

function row(left: string, right: string): string {
  const room = 48 - right.length - 1;
  const text = left.length > room ? `${left.slice(0, room - 1)}…` : left;
  return `${text.padEnd(room)} ${right}`;
}

function shippingLabel(order: Order): string {
  const [min, max] = order.quote.shipping.days;
  if (max === 0) return "Shipping (by e-mail)";
  return min === max ? `Shipping (${min} day)` : `Shipping (${min}-${max} days)`;
}
