import { z } from "zod";

export const countryCodes = ["DE", "AT", "FR", "NL", "CH", "GB", "US"] as const;
export type Country = (typeof countryCodes)[number];

const line = z.object({
  sku: z.string().regex(/^[A-Z]+-[A-Z0-9]+$/, "a SKU looks like MUG-01"),
  quantity: z.int().min(1).max(500),
});

const address = z.object({
  name: z.string().min(1).max(100),
  street: z.string().min(1),
  city: z.string().min(1),
  postcode: z.string().min(3).max(10),
  country: z.enum(countryCodes),
});

const card = z.object({ number: z.string(), expires: z.string().regex(/^\d{2}\/\d{2}$/) });

const payment = z.discriminatedUnion("method", [
  z.object({ method: z.literal("card"), card }),
  z.object({ method: z.literal("invoice"), vatId: z.string().min(4) }),
  z.object({ method: z.literal("gift_card"), code: z.string() }),
]);

const basket = z
  .object({
    lines: z.array(line).min(1).max(20),
    customer: z.object({
      id: z.string().min(1),
      tier: z.enum(["guest", "member", "gold", "wholesale"]).default("guest"),
      firstOrder: z.boolean().default(false),
    }),
    shipTo: address.optional(),
    shipping: z.enum(["standard", "express", "pickup"]).default("standard"),
    coupons: z.array(z.string().toUpperCase()).max(3).default([]),
  })
  .superRefine((value, ctx) => {
    const skus = value.lines.map((entry) => entry.sku);
    const twice = skus.find((sku, at) => skus.indexOf(sku) !== at);
    if (twice !== undefined) {
      ctx.addIssue({ code: "custom", path: ["lines"], message: `${twice} is listed twice` });
    }
  });

export const quoteRequest = basket;
export const orderRequest = basket.and(z.object({ payment }));
export const refundRequest = z.object({
  reason: z.enum(["damaged", "wrong_item", "changed_mind", "late"]),
  lines: z.array(line).min(1).optional(),
  photoUrl: z.url().optional(),
});
export const shipmentUpdate = z.object({ status: z.enum(["packed", "shipped", "delivered", "lost"]) });

export type Basket = z.infer<typeof basket>;
export type OrderRequest = z.infer<typeof orderRequest>;
export type RefundRequest = z.infer<typeof refundRequest>;
export type Payment = z.infer<typeof payment>;
export type ShipmentStatus = z.infer<typeof shipmentUpdate>["status"];
