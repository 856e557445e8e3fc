import { findProduct } from "./catalog.ts";
import { ShopError } from "./errors.ts";
import { type Cents, percentOf } from "./money.ts";
import type { Basket } from "./schemas.ts";

export interface CouponEffect {
  code: string;
  discount: Cents;
  freeShipping: boolean;
}

interface CouponRule {
  /** Can be used beside other coupons. */
  stackable: boolean;
  validUntil?: string;
  /** Why this basket cannot use it, or undefined. */
  refuse?(basket: Basket, subtotal: Cents): string | undefined;
  apply(basket: Basket, subtotal: Cents): Omit<CouponEffect, "code">;
}

const rules: Record<string, CouponRule> = {
  WELCOME10: {
    stackable: false,
    refuse: (basket) => (basket.customer.firstOrder ? undefined : "it is for first orders"),
    apply: (_basket, subtotal) => ({ discount: percentOf(subtotal, 10), freeShipping: false }),
  },
  FREESHIP: {
    stackable: true,
    refuse: (_basket, subtotal) => (subtotal >= 2500 ? undefined : "the order is below €25.00"),
    apply: () => ({ discount: 0, freeShipping: true }),
  },
  BEANS3FOR2: {
    stackable: true,
    apply: (basket) => ({ discount: freeBeans(basket), freeShipping: false }),
  },
  SUMMER19: {
    stackable: true,
    validUntil: "2019-09-30",
    apply: (_basket, subtotal) => ({ discount: percentOf(subtotal, 25), freeShipping: false }),
  },
  STAFF: {
    stackable: false,
    refuse: (basket) => (basket.customer.id.startsWith("staff-") ? undefined : "it is for staff"),
    apply: (_basket, subtotal) => ({ discount: percentOf(subtotal, 40), freeShipping: true }),
  },
};

/** Every third bag of beans is free, the cheapest ones first. */
function freeBeans(basket: Basket): Cents {
  const prices: Cents[] = [];
  for (const line of basket.lines) {
    if (!line.sku.startsWith("BEAN-")) continue;
    for (let i = 0; i < line.quantity; i++) prices.push(findProduct(line.sku).price);
  }
  prices.sort((a, b) => a - b);
  const free = Math.floor(prices.length / 3);
  return prices.slice(0, free).reduce((sum, price) => sum + price, 0);
}

export function applyCoupons(basket: Basket, subtotal: Cents, today: Date): CouponEffect[] {
  const effects: CouponEffect[] = [];
  for (const code of new Set(basket.coupons)) {
    const rule = rules[code];
    if (rule === undefined) throw new ShopError(422, "coupon_unknown", `There is no coupon ${code}.`);
    if (rule.validUntil !== undefined && today > new Date(rule.validUntil)) {
      throw new ShopError(422, "coupon_expired", `Coupon ${code} ended on ${rule.validUntil}.`);
    }
    if (!rule.stackable && basket.coupons.length > 1) {
      throw new ShopError(422, "coupon_alone", `Coupon ${code} cannot be used with others.`);
    }
    const refusal = rule.refuse?.(basket, subtotal);
    if (refusal !== undefined) {
      throw new ShopError(422, "coupon_refused", `Coupon ${code} cannot be used: ${refusal}.`);
    }
    effects.push({ code, ...rule.apply(basket, subtotal) });
  }
  return effects;
}
