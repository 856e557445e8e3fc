import { Hono } from "hono";
import { z } from "zod";
import { admin } from "./admin.ts";
import { findProduct, listProducts, suggestFor } from "./catalog.ts";
import { isTransient, ShopError } from "./errors.ts";
import { renderInvoice } from "./invoice.ts";
import { exportCsv } from "./legacy-export.ts";
import { getOrder, moveOrder, placeOrder } from "./orders.ts";
import { quote } from "./pricing.ts";
import { refund } from "./refunds.ts";
import { orderRequest, quoteRequest, refundRequest, shipmentUpdate } from "./schemas.ts";
import { stockOf } from "./stock.ts";

export const app = new Hono();

app.get("/products", (c) => {
  const { search, maxPrice, sort } = c.req.query();
  const sorts = ["price", "-price", "name"] as const;
  return c.json({
    products: listProducts({
      search,
      maxPrice: maxPrice === undefined ? undefined : Number(maxPrice),
      sort: sorts.find((known) => known === sort),
    }),
  });
});

app.get("/products/:sku", async (c) => {
  const product = findProduct(c.req.param("sku"));
  const { onHand } = await stockOf(product.sku);
  return c.json({
    ...product,
    available: product.digital ? "always" : onHand > 5 ? "yes" : onHand > 0 ? "few" : "no",
  });
});

app.get("/products/:sku/suggestions", (c) => c.json({ products: suggestFor([c.req.param("sku")]) }));

app.post("/quotes", async (c) => c.json(quote(quoteRequest.parse(await body(c.req)), new Date())));

app.post("/orders", async (c) => {
  const key = c.req.header("idempotency-key");
  if (!key) throw new ShopError(400, "idempotency_key_missing", "Send an Idempotency-Key header.");
  const { order, created } = await placeOrder(orderRequest.parse(await body(c.req)), key, new Date());
  return c.json(order, created ? 201 : 200);
});

app.get("/orders/:id", async (c) => {
  const order = await getOrder(c.req.param("id"));
  const accept = c.req.header("accept") ?? "*/*";
  if (accept.includes("text/plain")) return c.text(renderInvoice(order));
  if (accept.includes("text/csv")) return c.text(exportCsv([order]));
  return c.json(order);
});

app.post("/orders/:id/shipment", async (c) => {
  const { status } = shipmentUpdate.parse(await body(c.req));
  return c.json(await moveOrder(c.req.param("id"), status, new Date()));
});

app.post("/orders/:id/refund", async (c) =>
  c.json(await refund(c.req.param("id"), refundRequest.parse(await body(c.req)), new Date())),
);

app.delete("/orders/:id", async (c) => {
  await moveOrder(c.req.param("id"), "cancelled", new Date());
  return c.body(null, 204);
});

app.route("/admin", admin);

app.notFound((c) =>
  c.json({ error: "no_route", message: `${c.req.method} ${c.req.path} does not exist.` }, 404),
);

app.onError((error, c) => {
  if (error instanceof z.ZodError) {
    const problems = error.issues.map((issue) => ({ path: issue.path.join("."), message: issue.message }));
    return c.json({ error: "invalid", problems }, 400);
  }
  if (isTransient(error)) c.header("Retry-After", "2");
  if (error instanceof ShopError) return c.json(error.toJSON(), error.status);
  console.error(JSON.stringify({ level: "ERROR", message: error.message, stack: error.stack }));
  return c.json({ error: "internal" }, 500);
});

async function body(request: { json(): Promise<unknown> }): Promise<unknown> {
  try {
    return await request.json();
  } catch {
    throw new ShopError(400, "not_json", "The body is not JSON.");
  }
}
