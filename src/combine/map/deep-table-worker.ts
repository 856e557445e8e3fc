/** The thread's side of deep-table.ts. */
import { parentPort, workerData } from "node:worker_threads";
import { type DeepTable, isOutOfStack } from "./deep-table.ts";
import { requestedTable, type TableRequest } from "./request-table.ts";

function answer(): DeepTable {
  try {
    return { table: requestedTable(workerData as TableRequest).table };
  } catch (error) {
    if (isOutOfStack(error)) return { problem: "its code is nested too deeply to be mapped" };
    if (error instanceof SyntaxError) return { problem: `its source cannot be parsed: ${error.message}` };
    throw error;
  }
}

parentPort?.postMessage(answer());
