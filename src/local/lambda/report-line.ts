export interface ReportFigures {
  requestId: string;
  heldMs: number;
  memoryMb: number;
  maxMemoryBytes: number;
  initMs?: number;
  timedOut: boolean;
}

/** Lambda's REPORT line: the figures of one invocation, extensions' time included. */
export function reportLine(figures: ReportFigures): string {
  const { requestId, heldMs, memoryMb, maxMemoryBytes, initMs, timedOut } = figures;
  const columns = [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${heldMs.toFixed(2)} ms`,
    `Billed Duration: ${Math.ceil(heldMs)} ms`,
    `Memory Size: ${memoryMb} MB`,
    `Max Memory Used: ${Math.ceil(maxMemoryBytes / 1024 / 1024)} MB`,
    ...(initMs === undefined ? [] : [`Init Duration: ${initMs.toFixed(2)} ms`]),
    ...(timedOut ? ["Status: timeout"] : []),
  ];
  return `${columns.join("\t")}\t`;
}
