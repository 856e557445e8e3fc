import type { APIGatewayProxyEvent, APIGatewayProxyResult } from "aws-lambda";
import { coverageHandler, healthCheckHandler } from "lambda-coverage-layer";

const rooms = new Map([
  ["101", "free"],
  ["102", "taken"],
]);

/** An API Gateway REST API (payload 1.0) with `/health` beside the business routes. */
export const handler = coverageHandler(
  async (event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> => {
    if (event.path === "/health") return json(200, await healthCheckHandler());
    if (event.httpMethod === "GET" && event.path.startsWith("/rooms/")) return readRoom(event.path.slice(7));
    if (event.httpMethod === "POST" && event.path === "/rooms") return bookRoom(event.body);
    return json(404, { error: "no such route" });
  },
);

function readRoom(id: string): APIGatewayProxyResult {
  const state = rooms.get(id);
  return state === undefined ? json(404, { error: `no room ${id}` }) : json(200, { id, state });
}

function bookRoom(body: string | null): APIGatewayProxyResult {
  const { id } = JSON.parse(body ?? "{}") as { id?: string };
  if (id === undefined || !rooms.has(id)) return json(400, { error: "which room?" });
  if (rooms.get(id) === "taken") return json(409, { error: `room ${id} is taken` });
  rooms.set(id, "taken");
  return json(201, { id, state: "taken" });
}

function json(statusCode: number, body: unknown): APIGatewayProxyResult {
  return { statusCode, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}
