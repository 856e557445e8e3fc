import type { Item, StockLine } from "./inventory.ts";

export interface OrderInput {
  id?: string;
  items?: Item[];
  card?: string;
}

export interface Order {
  id: string;
  items: Item[];
  card: string;
}

export interface Payment {
  reference: string;
  amount: number;
}

const prices: Record<string, number> = { tea: 450, cup: 1200 };

export function validateOrder(input: OrderInput): Order {
  if (!input.items || input.items.length === 0) throw new Error("an order needs items");
  if (!input.card) throw new Error("an order needs a card");
  return { id: input.id ?? "unnamed", items: input.items, card: input.card };
}

export function processPayment(order: Order): Payment {
  const amount = order.items.reduce((sum, item) => sum + (prices[item.sku] ?? 0) * item.quantity, 0);
  if (order.card.endsWith("0002")) throw new Error("the card was declined");
  return { reference: `pay-${order.id}`, amount };
}

export function createOrderResponse(order: Order, payment: Payment, inventory: readonly StockLine[]) {
  const soldOut = inventory.filter((line) => line.left === 0).map((line) => line.sku);
  return { orderId: order.id, amount: payment.amount, ...(soldOut.length > 0 ? { soldOut } : {}) };
}
