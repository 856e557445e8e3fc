import { Hono } from "hono";
import { listProducts } from "./catalog.ts";
import { writeDocument } from "./documents.ts";
import { ShopError } from "./errors.ts";
import { moveOrder } from "./orders.ts";
import { stockOf } from "./stock.ts";

/** Stock-taking and mass cancellation, from before the warehouse had its own system. */
export const admin = new Hono();

admin.use(async (c, next) => {
  const token = c.req.header("x-admin-token");
  if (token === undefined || token !== process.env.ADMIN_TOKEN) {
    throw new ShopError(404, "not_found", "There is no such page.");
  }
  await next();
});

admin.get("/stock", async (c) => {
  const levels = await Promise.all(listProducts({}).map((product) => stockOf(product.sku)));
  const low = levels.filter((level) => level.onHand < 10);
  return c.json({ levels, low: low.map((level) => level.sku) });
});

admin.put("/stock/:sku", async (c) => {
  const { onHand } = await c.req.json<{ onHand: number }>();
  if (!Number.isInteger(onHand) || onHand < 0) throw new ShopError(400, "bad_count", "Count again.");
  await writeDocument(`stock/${c.req.param("sku")}.json`, { sku: c.req.param("sku"), onHand });
  return c.json({ ok: true });
});

admin.post("/cancel-all", async (c) => {
  const { ids } = await c.req.json<{ ids: string[] }>();
  const results = await Promise.allSettled(ids.map((id) => moveOrder(id, "cancelled", new Date())));
  const failed = results.flatMap((result, at) => (result.status === "rejected" ? [ids[at]] : []));
  return c.json({ cancelled: ids.length - failed.length, failed });
});
