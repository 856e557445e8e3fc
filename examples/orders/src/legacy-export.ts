import type { Order } from "./orders.ts";

/** The CSV that the old bookkeeping took. Switched off in 2023, kept "for a while". */
export function exportCsv(orders: readonly Order[]): string {
  const header = "id;placed;customer;total;tax;status";
  return [header, ...orders.map(csvRow)].join("\r\n");
}

function csvRow(order: Order): string {
  return [
    order.id,
    order.placedAt,
    order.customerId,
    decimalComma(order.quote.total),
    decimalComma(order.quote.tax),
    order.status,
  ]
    .map(csvField)
    .join(";");
}

function csvField(value: string): string {
  return /[;"\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

function decimalComma(cents: number): string {
  return (cents / 100).toFixed(2).replace(".", ",");
}
