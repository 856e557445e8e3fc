/** A service of the size that teams deploy: a router, a schema library, two AWS SDK clients in one bundle. */
import { LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { Hono } from "hono";
import { z } from "zod";

const s3 = new S3Client({});
const lambda = new LambdaClient({});
const order = z.object({
  id: z.string().min(1),
  items: z.array(z.object({ sku: z.string(), quantity: z.number().int().positive() })).min(1),
});

const app = new Hono();
app.get("/objects/:key", async (c) => {
  const answer = await s3.send(new GetObjectCommand({ Bucket: "b", Key: c.req.param("key") }));
  return c.text((await answer.Body?.transformToString()) ?? "");
});
app.get("/functions", async (c) => c.json(await lambda.send(new ListFunctionsCommand({}))));
app.post("/orders", async (c) => {
  const parsed = order.safeParse(await c.req.json());
  if (!parsed.success) return c.json({ errors: parsed.error.issues.map((issue) => issue.message) }, 400);
  const pieces = parsed.data.items.reduce((sum, item) => sum + item.quantity, 0);
  return c.json({ id: parsed.data.id, pieces, discount: pieces > 10 ? 0.1 : 0 });
});

export const handler = async (event: { method: string; path: string; body?: unknown }) => {
  const init: RequestInit = { method: event.method };
  if (event.body !== undefined) {
    init.body = JSON.stringify(event.body);
    init.headers = { "content-type": "application/json" };
  }
  const answer = await app.request(event.path, init);
  return { statusCode: answer.status, body: await answer.text() };
};
