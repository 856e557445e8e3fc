import { findProduct, type TaxClass } from "./catalog.ts";
import { applyCoupons, type CouponEffect } from "./coupons.ts";
import { type Cents, percentOf, splitByWeight } from "./money.ts";
import type { Basket, Country } from "./schemas.ts";
import { quoteShipping, type ShippingQuote } from "./shipping.ts";

export interface PricedLine {
  sku: string;
  name: string;
  quantity: number;
  unitPrice: Cents;
  total: Cents;
}

export interface Quote {
  lines: PricedLine[];
  subtotal: Cents;
  coupons: CouponEffect[];
  loyalty: Cents;
  shipping: ShippingQuote;
  tax: Cents;
  total: Cents;
}

const taxPercent: Record<Country, Record<TaxClass, number>> = {
  DE: { standard: 19, reduced: 7, exempt: 0 },
  AT: { standard: 20, reduced: 10, exempt: 0 },
  FR: { standard: 20, reduced: 5.5, exempt: 0 },
  NL: { standard: 21, reduced: 9, exempt: 0 },
  CH: { standard: 0, reduced: 0, exempt: 0 },
  GB: { standard: 0, reduced: 0, exempt: 0 },
  US: { standard: 0, reduced: 0, exempt: 0 },
};

export function quote(basket: Basket, today: Date): Quote {
  const lines = basket.lines.map(({ sku, quantity }) => priceLine(sku, quantity, basket.customer.tier));
  const subtotal = lines.reduce((sum, line) => sum + line.total, 0);
  const coupons = applyCoupons(basket, subtotal, today);
  const couponTotal = Math.min(
    subtotal,
    coupons.reduce((sum, coupon) => sum + coupon.discount, 0),
  );
  const loyalty = loyaltyDiscount(basket, subtotal - couponTotal);
  const goods = subtotal - couponTotal - loyalty;
  const shipping = quoteShipping(
    basket,
    goods,
    coupons.some((coupon) => coupon.freeShipping),
  );
  const tax = includedTax(lines, goods, basket.shipTo?.country ?? "DE");
  return { lines, subtotal, coupons, loyalty, shipping, tax, total: goods + shipping.price };
}

function priceLine(sku: string, quantity: number, tier: Basket["customer"]["tier"]): PricedLine {
  const product = findProduct(sku);
  const unitPrice = product.price - percentOf(product.price, volumePercent(quantity, tier, product.digital));
  return { sku, name: product.name, quantity, unitPrice, total: unitPrice * quantity };
}

function volumePercent(quantity: number, tier: Basket["customer"]["tier"], digital?: boolean): number {
  if (digital) return 0;
  if (tier === "wholesale") {
    if (quantity >= 100) return 30;
    return quantity >= 20 ? 20 : 12;
  }
  if (quantity >= 50) return 15;
  if (quantity >= 10) return 8;
  return 0;
}

function loyaltyDiscount(basket: Basket, amount: Cents): Cents {
  switch (basket.customer.tier) {
    case "gold":
      return percentOf(amount, amount >= 10000 ? 7 : 5);
    case "member":
      return amount >= 5000 ? percentOf(amount, 2) : 0;
    default:
      return 0;
  }
}

/** Prices hold the tax; it is worked out per class, after discounts shared by weight. */
function includedTax(lines: readonly PricedLine[], goods: Cents, country: Country): Cents {
  const shares = splitByWeight(
    goods,
    lines.map((line) => line.total),
  );
  return lines.reduce((sum, line, at) => {
    const percent = taxPercent[country][findProduct(line.sku).taxClass];
    const gross = shares[at] ?? 0;
    return sum + gross - Math.round(gross / (1 + percent / 100));
  }, 0);
}
