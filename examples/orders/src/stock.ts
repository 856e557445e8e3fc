import { findProduct } from "./catalog.ts";
import { readDocument, writeDocument } from "./documents.ts";
import { Conflict } from "./errors.ts";

interface StockLevel {
  sku: string;
  onHand: number;
}

interface Line {
  sku: string;
  quantity: number;
}

const stockKey = (sku: string) => `stock/${sku}.json`;

export async function stockOf(sku: string): Promise<StockLevel> {
  const product = findProduct(sku);
  return (await readDocument<StockLevel>(stockKey(sku))) ?? { sku, onHand: product.initialStock };
}

/** Takes all lines out of stock, or none and says which one was short. */
export async function reserve(lines: readonly Line[]): Promise<void> {
  const goods = lines.filter((line) => !findProduct(line.sku).digital);
  const levels = await Promise.all(goods.map((line) => stockOf(line.sku)));
  const short = goods.flatMap((line, at) => {
    const onHand = levels[at]?.onHand ?? 0;
    return onHand < line.quantity ? [{ sku: line.sku, wanted: line.quantity, onHand }] : [];
  });
  if (short.length > 0) {
    throw new Conflict("out_of_stock", `Not enough of ${short.map((line) => line.sku).join(", ")}.`, {
      short,
    });
  }
  await Promise.all(
    goods.map((line, at) => {
      const level = levels[at] as StockLevel;
      return writeDocument(stockKey(line.sku), { ...level, onHand: level.onHand - line.quantity });
    }),
  );
}

export async function release(lines: readonly Line[]): Promise<void> {
  for (const line of lines) {
    if (findProduct(line.sku).digital) continue;
    const level = await stockOf(line.sku);
    await writeDocument(stockKey(line.sku), { ...level, onHand: level.onHand + line.quantity });
  }
}
