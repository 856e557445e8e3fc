export interface Item {
  sku: string;
  quantity: number;
}

export interface StockLine extends Item {
  left: number;
}

let stock: Map<string, number> | undefined;

export function setUpDatabase(): Map<string, number> {
  stock ??= new Map([
    ["tea", 12],
    ["cup", 3],
  ]);
  return stock;
}

/** What is there; all of it for an empty list. */
export function checkInventory(items: readonly Item[]): StockLine[] {
  const levels = setUpDatabase();
  const wanted = items.length > 0 ? items : [...levels.keys()].map((sku) => ({ sku, quantity: 0 }));
  return wanted.map((item) => ({ ...item, left: levels.get(item.sku) ?? 0 }));
}

export function updateInventory(items: readonly Item[]): StockLine[] {
  const levels = setUpDatabase();
  return items.map((item) => {
    const before = levels.get(item.sku);
    if (before === undefined) throw new Error(`no such item ${item.sku}`);
    if (before < item.quantity) throw new Error(`only ${before} of ${item.sku} left`);
    levels.set(item.sku, before - item.quantity);
    return { ...item, left: before - item.quantity };
  });
}
