import type { APIGatewayProxyEvent, APIGatewayProxyResult } from "aws-lambda";
import {
  CoverageContext,
  combineCoverageFiles,
  coverageHandler,
  healthCheckHandler,
} from "lambda-coverage-layer";
import { checkInventory, type Item, setUpDatabase, updateInventory } from "./inventory.ts";
import { createOrderResponse, type OrderInput, processPayment, validateOrder } from "./orders.ts";

/** Order processing: all of it counted. */
export const processOrder = coverageHandler(async (event: { order: OrderInput }) => {
  const order = validateOrder(event.order);
  const payment = processPayment(order);
  const inventory = updateInventory(order.items);
  return createOrderResponse(order, payment, inventory);
});

/** Inventory: the connection is not counted, the business logic is. */
export async function inventory(event: { action: string; items: Item[] }) {
  setUpDatabase();
  return new CoverageContext().run(async () => {
    if (event.action === "check") return checkInventory(event.items);
    if (event.action === "update") return updateInventory(event.items);
    throw new Error(`unknown action ${event.action}`);
  });
}

/** An API with a health check of its own. */
export const api = coverageHandler(async (event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> => {
  if (event.path === "/health") return { statusCode: 200, body: JSON.stringify(await healthCheckHandler()) };
  if (event.httpMethod === "GET") return { statusCode: 200, body: JSON.stringify(checkInventory([])) };
  if (event.httpMethod === "POST") {
    const order = validateOrder(JSON.parse(event.body ?? "{}") as OrderInput);
    return { statusCode: 201, body: JSON.stringify(createOrderResponse(order, processPayment(order), [])) };
  }
  return { statusCode: 405, body: "" };
});

/** On a daily schedule: yesterday's coverage of all functions in one report. */
export const dailyCoverageReport = async (event: { time: string }) => {
  const yesterday = new Date(new Date(event.time).getTime() - 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
  const result = await combineCoverageFiles({
    bucketName: process.env.COVERAGE_S3_BUCKET ?? "",
    prefix: `coverage/${yesterday.replaceAll("-", "/")}/`,
    outputKey: `coverage/daily/${yesterday}.json`,
  });
  console.log(JSON.stringify({ metric: "combined_coverage", value: result.combined_coverage }));
  return result;
};
