import { randomBytes } from "node:crypto";
import type { Answer } from "./failures.ts";
import type { InvokeEvent } from "./runtime-process.ts";

export interface Invocation {
  requestId: string;
  payload: string;
  clientContext?: string;
  /** Parts of a streamed response, as they come. */
  onChunk?: (chunk: Buffer) => void;
  /** The caller's answer: as soon as the runtime has sent it. */
  onAnswer?: (answer: Answer) => void;
}

/** `deadlineAt`: wall clock, ms. */
export function invokeEvent(invocation: Invocation, arn: string, deadlineAt: number): InvokeEvent {
  const { requestId, payload, clientContext } = invocation;
  const context = clientContext === undefined ? {} : { clientContext };
  return { requestId, payload, deadlineAt, functionArn: arn, traceId: newTraceId(), ...context };
}

/** https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader */
function newTraceId(): string {
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  const hex = (bytes: number) => randomBytes(bytes).toString("hex");
  return `Root=1-${seconds}-${hex(12)};Parent=${hex(8)};Sampled=0`;
}

export function functionArn(region: string, name: string): string {
  return `arn:aws:lambda:${region}:123456789012:function:${name}`;
}
