import { orderIdFor } from "./src/order-id.ts";

/**
 * What the shop's customers do in the demo: API Gateway HTTP API events (payload 2.0) in flows. The steps of
 * a flow need each other and run in order; flows are independent and may run side by side in any sandbox.
 */
export interface Step {
  title: string;
  status: number;
  event: Record<string, unknown>;
}

export interface Flow {
  name: string;
  steps: Step[];
}

interface Request {
  query?: Record<string, string>;
  headers?: Record<string, string>;
  body?: unknown;
}

function step(title: string, status: number, route: string, request: Request = {}): Step {
  const [method, path] = route.split(" ") as [string, string];
  const query = new URLSearchParams(request.query ?? {});
  const text = typeof request.body === "string" ? request.body : JSON.stringify(request.body);
  const event = {
    version: "2.0",
    routeKey: "$default",
    rawPath: path,
    rawQueryString: query.toString(),
    ...(request.query ? { queryStringParameters: request.query } : {}),
    headers: { host: "shop.example.com", "content-type": "application/json", ...request.headers },
    requestContext: {
      accountId: "123456789012",
      apiId: "demo",
      domainName: "shop.example.com",
      domainPrefix: "shop",
      http: { method, path, protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "demo" },
      requestId: `demo-${title.replace(/[^a-z0-9]+/gi, "-").toLowerCase()}`,
      routeKey: "$default",
      stage: "$default",
      time: "20/Nov/2026:10:00:00 +0000",
      timeEpoch: 1_795_168_800_000,
    },
    isBase64Encoded: false,
    ...(request.body === undefined ? {} : { body: text }),
  };
  return { title, status, event };
}

const home = { name: "Ada", street: "Hafenstr. 1", city: "Hamburg", postcode: "20457", country: "DE" };
const visa = { method: "card", card: { number: "4242 4242 4242 4242", expires: "12/39" } };

type Line = [sku: string, quantity: number];

function basket(lines: Line[], more: Record<string, unknown> = {}) {
  return {
    lines: lines.map(([sku, quantity]) => ({ sku, quantity })),
    customer: { id: "c-1" },
    shipTo: home,
    ...more,
  };
}

const quote = (title: string, status: number, body: unknown) => step(title, status, "POST /quotes", { body });
const order = (title: string, status: number, key: string, body: unknown) =>
  step(title, status, "POST /orders", { headers: { "idempotency-key": key }, body });

const mugs = orderIdFor("mugs-for-ada");
const gifts = orderIdFor("gifts-for-bob");
const wholesale = orderIdFor("wholesale-42");
const damaged = orderIdFor("damaged-parcel");
const gold = orderIdFor("gold-to-lyon");

const shipment = (title: string, status: number, id: string, to: string) =>
  step(title, status, `POST /orders/${id}/shipment`, { body: { status: to } });

export const flows: Flow[] = [
  {
    name: "browse",
    steps: [
      step("list the shop", 200, "GET /products"),
      step("search for beans", 200, "GET /products", { query: { search: "beans", sort: "price" } }),
      step("what is below €20?", 200, "GET /products", { query: { maxPrice: "2000", sort: "name" } }),
      step("look at a mug", 200, "GET /products/MUG-01"),
      step("look at the last espresso machines", 200, "GET /products/ESPR-PRO"),
      step("look at a product that never was", 404, "GET /products/TEA-01"),
      step("try the admin's door", 404, "GET /admin/stock"),
      step("get lost", 404, "GET /wishlist"),
    ],
  },
  {
    name: "quotes",
    steps: [
      quote("quote two mugs", 200, basket([["MUG-01", 2]])),
      quote(
        "quote a full kitchen",
        200,
        basket([
          ["MUG-01", 12],
          ["GRIND-X", 1],
          ["BEAN-ETH", 2],
        ]),
      ),
      quote(
        "quote with the welcome coupon",
        200,
        basket([["GRIND-X", 1]], { customer: { id: "c-2", firstOrder: true }, coupons: ["welcome10"] }),
      ),
      quote(
        "quote three bags for two",
        200,
        basket(
          [
            ["BEAN-ETH", 2],
            ["BEAN-COL", 1],
          ],
          { coupons: ["BEANS3FOR2", "FREESHIP"] },
        ),
      ),
      quote(
        "quote an express parcel to Vienna",
        200,
        basket([["BEAN-ETH", 1]], {
          shipTo: { ...home, country: "AT", postcode: "1010" },
          shipping: "express",
        }),
      ),
      quote("quote an island", 200, basket([["MUG-02", 1]], { shipTo: { ...home, postcode: "27498" } })),
      quote(
        "quote customs to Zurich",
        200,
        basket([["MUG-01", 1]], { shipTo: { ...home, country: "CH", postcode: "8001" } }),
      ),
      quote("quote a pick-up", 200, basket([["BEAN-ETH", 1]], { shipping: "pickup", shipTo: undefined })),
      quote("quote an expired coupon", 422, basket([["MUG-01", 1]], { coupons: ["SUMMER19"] })),
      quote("quote a coupon nobody issued", 422, basket([["MUG-01", 1]], { coupons: ["FREE4EVER"] })),
      quote(
        "quote a machine to America",
        422,
        basket([["ESPR-PRO", 1]], { shipTo: { ...home, country: "US", postcode: "10001" } }),
      ),
      quote("quote an empty basket", 400, basket([])),
      quote("quote something that is not JSON", 400, "{lines:"),
    ],
  },
  {
    name: "mugs for Ada",
    steps: [
      order("order mugs", 201, "mugs-for-ada", {
        ...basket([["MUG-01", 4]], { customer: { id: "c-1", tier: "member" } }),
        payment: visa,
      }),
      order("order them again by mistake", 200, "mugs-for-ada", {
        ...basket([["MUG-01", 4]]),
        payment: visa,
      }),
      step("read the order", 200, `GET /orders/${mugs}`),
      step("print the invoice", 200, `GET /orders/${mugs}`, { headers: { accept: "text/plain" } }),
      shipment("deliver before shipping", 409, mugs, "delivered"),
      step("cancel the order", 204, `DELETE /orders/${mugs}`),
    ],
  },
  {
    name: "a damaged parcel",
    steps: [
      order("order a grinder", 201, "damaged-parcel", {
        ...basket([
          ["GRIND-X", 1],
          ["BEAN-ETH", 1],
        ]),
        payment: visa,
      }),
      shipment("pack it", 200, damaged, "packed"),
      shipment("ship it", 200, damaged, "shipped"),
      shipment("deliver it", 200, damaged, "delivered"),
      step("claim damage without a photo", 422, `POST /orders/${damaged}/refund`, {
        body: { reason: "damaged" },
      }),
      step("claim damage with a photo", 200, `POST /orders/${damaged}/refund`, {
        body: {
          reason: "damaged",
          lines: [{ sku: "GRIND-X", quantity: 1 }],
          photoUrl: "https://example.com/broken.jpg",
        },
      }),
    ],
  },
  {
    name: "payments",
    steps: [
      order("pay by a declined card", 402, "declined", {
        ...basket([["MUG-01", 1]]),
        payment: { method: "card", card: { number: "4000000000000002", expires: "12/39" } },
      }),
      order("pay by a card with a typo", 422, "typo", {
        ...basket([["MUG-01", 1]]),
        payment: { method: "card", card: { number: "4242424242424241", expires: "12/39" } },
      }),
      order("give a PDF, paid by gift card", 201, "gifts-for-bob", {
        ...basket([["BOOK-PDF", 1]]),
        payment: { method: "gift_card", code: "GC-HELLO" },
      }),
      order("buy wholesale on account", 201, "wholesale-42", {
        ...basket([["MUG-01", 40]], { customer: { id: "b-42", tier: "wholesale" } }),
        payment: { method: "invoice", vatId: "DE123456789" },
      }),
      order("order more machines than there are", 409, "too-many", {
        ...basket([["ESPR-PRO", 3]], { shipping: "pickup" }),
        payment: visa,
      }),
      order("forget the key", 400, "", { ...basket([["MUG-01", 1]]), payment: visa }),
      step("print the wholesale invoice", 200, `GET /orders/${wholesale}`, {
        headers: { accept: "text/plain" },
      }),
      step("return the PDF", 409, `POST /orders/${gifts}/refund`, { body: { reason: "changed_mind" } }),
    ],
  },
  {
    name: "a gold customer in Lyon",
    steps: [
      order("order for €130", 201, "gold-to-lyon", {
        ...basket(
          [
            ["BEAN-ETH", 4],
            ["MUG-02", 1],
          ],
          { customer: { id: "c-9", tier: "gold" }, shipTo: { ...home, country: "FR", postcode: "69001" } },
        ),
        payment: visa,
      }),
      shipment("pack it for Lyon", 200, gold, "packed"),
      shipment("ship it to Lyon", 200, gold, "shipped"),
    ],
  },
];

/** The request of which the demo shows what it alone ran. */
export const spotlight = "claim damage with a photo";
