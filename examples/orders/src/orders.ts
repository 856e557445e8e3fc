import { createDocument, readDocument, writeDocument } from "./documents.ts";
import { Conflict, NotFound } from "./errors.ts";
import type { Cents } from "./money.ts";
import { orderIdFor } from "./order-id.ts";
import { charge, type Receipt } from "./payments.ts";
import { type Quote, quote } from "./pricing.ts";
import type { OrderRequest, ShipmentStatus } from "./schemas.ts";
import { release, reserve } from "./stock.ts";

export type OrderStatus = "placed" | ShipmentStatus | "cancelled" | "refunded";

export interface Order {
  id: string;
  status: OrderStatus;
  customerId: string;
  placedAt: string;
  deliveredAt?: string;
  quote: Quote;
  receipt: Receipt;
  refunded: Cents;
  history: { at: string; status: OrderStatus }[];
}

const orderKey = (id: string) => `orders/${id}.json`;

const nextStatus: Record<OrderStatus, OrderStatus[]> = {
  placed: ["packed", "cancelled"],
  packed: ["shipped", "cancelled"],
  shipped: ["delivered", "lost"],
  delivered: ["refunded"],
  lost: ["refunded"],
  cancelled: [],
  refunded: [],
};

export async function placeOrder(
  request: OrderRequest,
  idempotencyKey: string,
  now: Date,
): Promise<{ order: Order; created: boolean }> {
  const id = orderIdFor(idempotencyKey);
  const before = await readDocument<Order>(orderKey(id));
  if (before) return { order: before, created: false };

  const priced = quote(request, now);
  await reserve(request.lines);
  let receipt: Receipt;
  try {
    receipt = charge(request.payment, priced.total, id, now);
  } catch (error) {
    await release(request.lines);
    throw error;
  }
  const placedAt = now.toISOString();
  const order: Order = {
    id,
    status: "placed",
    customerId: request.customer.id,
    placedAt,
    quote: priced,
    receipt,
    refunded: 0,
    history: [{ at: placedAt, status: "placed" }],
  };
  if (!(await createDocument(orderKey(id), order))) {
    // Another request with the same key was faster: hand its order out, give the goods back.
    await release(request.lines);
    return { order: await getOrder(id), created: false };
  }
  return { order, created: true };
}

export async function getOrder(id: string): Promise<Order> {
  const order = await readDocument<Order>(orderKey(id));
  if (!order) throw new NotFound("order", id);
  return order;
}

export async function moveOrder(id: string, status: OrderStatus, now: Date): Promise<Order> {
  const order = await getOrder(id);
  if (order.status === status) return order;
  if (!nextStatus[order.status].includes(status)) {
    throw new Conflict("wrong_status", `An order that is ${order.status} cannot become ${status}.`);
  }
  order.status = status;
  order.history.push({ at: now.toISOString(), status });
  if (status === "delivered") order.deliveredAt = now.toISOString();
  if (status === "cancelled") await release(order.quote.lines);
  await saveOrder(order);
  return order;
}

export async function saveOrder(order: Order): Promise<void> {
  await writeDocument(orderKey(order.id), order);
}
