/** What a caller gets, in Lambda's words. */
import type { RuntimeAnswer } from "./runtime-process.ts";

export interface Answer {
  payload: string;
  functionError?: string;
  contentType?: string;
  timedOut?: boolean;
  errorType?: string;
}

const unhandled = "Unhandled";

export function fromRuntime(answer: RuntimeAnswer): Answer {
  const type = answer.contentType === undefined ? {} : { contentType: answer.contentType };
  if (answer.kind === "response") return { payload: answer.body, ...type };
  const error = answer.errorType === undefined ? {} : { errorType: answer.errorType };
  return { payload: answer.body, functionError: unhandled, ...type, ...error };
}

export function initError(error: { body: string }): Answer {
  return { payload: error.body, functionError: unhandled };
}

export function timedOut(requestId: string, timeoutSeconds: number): Answer {
  const errorMessage = `RequestId: ${requestId} Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`;
  const payload = JSON.stringify({ errorType: "Sandbox.Timedout", errorMessage });
  return { payload, functionError: unhandled, timedOut: true };
}

type Exit = { code: number | null; signal: NodeJS.Signals | null } | undefined;

export function exited(requestId: string, exit: Exit): Answer {
  const errorMessage = `RequestId: ${requestId} Error: ${exitReason(exit)}`;
  return {
    payload: JSON.stringify({ errorType: "Runtime.ExitError", errorMessage }),
    functionError: unhandled,
  };
}

export function exitReason(exit: Exit): string {
  if (exit?.signal) {
    return `Runtime exited with error: signal: ${signalWords[exit.signal] ?? exit.signal.slice(3).toLowerCase()}`;
  }
  if (exit?.code) return `Runtime exited with error: exit status ${exit.code}`;
  return "Runtime exited without providing a reason";
}

/** As Go prints them, which Lambda's own supervisor is written in. */
const signalWords: Record<string, string> = {
  SIGKILL: "killed",
  SIGTERM: "terminated",
  SIGSEGV: "segmentation fault",
  SIGABRT: "aborted",
  SIGINT: "interrupt",
  SIGHUP: "hangup",
  SIGTRAP: "trace/breakpoint trap",
};
