import { NotFound } from "./errors.ts";
import type { Cents } from "./money.ts";

export type TaxClass = "standard" | "reduced" | "exempt";

export interface Product {
  sku: string;
  name: string;
  price: Cents;
  grams: number;
  taxClass: TaxClass;
  initialStock: number;
  /** Sent as a link, never shipped. */
  digital?: true;
  /** Needs a signature and cannot go by drone. */
  fragile?: true;
}

const products: Product[] = [
  { sku: "MUG-01", name: "Enamel mug", price: 1450, grams: 320, taxClass: "standard", initialStock: 120 },
  {
    sku: "MUG-02",
    name: "Porcelain mug",
    price: 2200,
    grams: 410,
    taxClass: "standard",
    initialStock: 35,
    fragile: true,
  },
  {
    sku: "BEAN-ETH",
    name: "Ethiopian beans, 1 kg",
    price: 3190,
    grams: 1020,
    taxClass: "reduced",
    initialStock: 60,
  },
  {
    sku: "BEAN-COL",
    name: "Colombian beans, 1 kg",
    price: 2790,
    grams: 1020,
    taxClass: "reduced",
    initialStock: 8,
  },
  { sku: "GRIND-X", name: "Hand grinder", price: 8900, grams: 780, taxClass: "standard", initialStock: 12 },
  {
    sku: "ESPR-PRO",
    name: "Espresso machine",
    price: 64900,
    grams: 11800,
    taxClass: "standard",
    initialStock: 2,
    fragile: true,
  },
  {
    sku: "BOOK-PDF",
    name: "The pour-over book (PDF)",
    price: 1200,
    grams: 0,
    taxClass: "reduced",
    initialStock: 1e6,
    digital: true,
  },
  {
    sku: "GIFT-50",
    name: "Gift card",
    price: 5000,
    grams: 0,
    taxClass: "exempt",
    initialStock: 1e6,
    digital: true,
  },
];

const bySku = new Map(products.map((product) => [product.sku, product]));

export function findProduct(sku: string): Product {
  const product = bySku.get(sku);
  if (!product) throw new NotFound("product", sku);
  return product;
}

export interface CatalogQuery {
  search?: string | undefined;
  maxPrice?: Cents | undefined;
  sort?: "price" | "name" | "-price" | undefined;
}

export function listProducts(query: CatalogQuery): Product[] {
  const needle = query.search?.toLowerCase();
  const found = products.filter(
    (product) =>
      (needle === undefined || product.name.toLowerCase().includes(needle)) &&
      (query.maxPrice === undefined || product.price <= query.maxPrice),
  );
  switch (query.sort) {
    case "price":
      return found.sort((a, b) => a.price - b.price);
    case "-price":
      return found.sort((a, b) => b.price - a.price);
    case "name":
      return found.sort((a, b) => a.name.localeCompare(b.name));
    default:
      return found;
  }
}

/** What else a basket may want. No page asks for it yet. */
export function suggestFor(skus: readonly string[]): Product[] {
  const owned = new Set(skus);
  const wantsGrinder = skus.some((sku) => sku.startsWith("BEAN-")) && !owned.has("GRIND-X");
  const suggestions: Product[] = [];
  if (wantsGrinder) suggestions.push(findProduct("GRIND-X"));
  if (owned.has("ESPR-PRO")) suggestions.push(findProduct("MUG-02"));
  return suggestions.filter((product) => !owned.has(product.sku));
}
