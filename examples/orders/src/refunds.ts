import { findProduct } from "./catalog.ts";
import { ShopError } from "./errors.ts";
import { type Cents, percentOf } from "./money.ts";
import { getOrder, type Order, saveOrder } from "./orders.ts";
import type { RefundRequest } from "./schemas.ts";
import { release } from "./stock.ts";

const returnWindowDays = 30;
const dayMs = 24 * 60 * 60 * 1000;

export interface Refund {
  orderId: string;
  amount: Cents;
  restocked: boolean;
  label: "prepaid" | "none" | "customer_pays";
}

export async function refund(orderId: string, request: RefundRequest, now: Date): Promise<Refund> {
  const order = await getOrder(orderId);
  if (order.status !== "delivered" && order.status !== "lost") {
    throw new ShopError(409, "not_refundable", `An order that is ${order.status} cannot be refunded.`);
  }
  const lines = linesToRefund(order, request);
  const goods = lines.reduce((sum, line) => sum + line.total, 0);
  const outcome =
    order.status === "lost" ? lostInTransit(order, goods) : byReason(order, request, goods, now);

  order.refunded += outcome.amount;
  if (outcome.restocked) await release(lines);
  if (order.refunded >= order.quote.total) {
    order.status = "refunded";
    order.history.push({ at: now.toISOString(), status: "refunded" });
  }
  await saveOrder(order);
  return { orderId, ...outcome };
}

function linesToRefund(order: Order, request: RefundRequest): Order["quote"]["lines"] {
  if (!request.lines) return order.quote.lines;
  return request.lines.map((wanted) => {
    const bought = order.quote.lines.find((line) => line.sku === wanted.sku);
    if (!bought) throw new ShopError(422, "not_in_order", `${wanted.sku} is not part of ${order.id}.`);
    if (wanted.quantity > bought.quantity) {
      throw new ShopError(422, "too_many", `Only ${bought.quantity} of ${wanted.sku} were bought.`);
    }
    return { ...bought, quantity: wanted.quantity, total: bought.unitPrice * wanted.quantity };
  });
}

type Outcome = Omit<Refund, "orderId">;

function byReason(order: Order, request: RefundRequest, goods: Cents, now: Date): Outcome {
  switch (request.reason) {
    case "damaged":
      return damaged(order, request, goods);
    case "wrong_item":
      return { amount: cap(order, goods + order.quote.shipping.price), restocked: true, label: "prepaid" };
    case "late":
      return { amount: cap(order, order.quote.shipping.price), restocked: false, label: "none" };
    case "changed_mind":
      return changedMind(order, goods, now);
  }
}

function damaged(order: Order, request: RefundRequest, goods: Cents): Outcome {
  if (!request.photoUrl) {
    throw new ShopError(422, "photo_missing", "A refund for damage needs a photo.");
  }
  const cheap = goods < 3000;
  return { amount: cap(order, goods), restocked: false, label: cheap ? "none" : "prepaid" };
}

function changedMind(order: Order, goods: Cents, now: Date): Outcome {
  if (order.quote.lines.some((line) => findProduct(line.sku).digital)) {
    throw new ShopError(422, "digital_final", "Digital goods cannot be returned.");
  }
  const delivered = new Date(order.deliveredAt ?? order.placedAt).getTime();
  if ((now.getTime() - delivered) / dayMs > returnWindowDays) {
    throw new ShopError(422, "window_closed", `Returns end ${returnWindowDays} days after delivery.`);
  }
  const restockingFee = percentOf(goods, goods > 50_000 ? 10 : 0);
  return { amount: cap(order, goods - restockingFee), restocked: true, label: "customer_pays" };
}

function lostInTransit(order: Order, goods: Cents): Outcome {
  return { amount: cap(order, goods + order.quote.shipping.price), restocked: false, label: "none" };
}

/** Never more than what is left of the payment. */
function cap(order: Order, amount: Cents): Cents {
  return Math.min(amount, order.quote.total - order.refunded);
}
