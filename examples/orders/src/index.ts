import { handle } from "hono/aws-lambda";
import { app } from "./app.ts";

/** Lambda's entry: API Gateway HTTP API (payload 2.0) or a function URL in front of it. */
export const handler = handle(app);
