/** Takes the layer's frames out of error traces, so that an error payload is what it is without the layer. */

/** Never throws; leaves everything but a string `stack` that names the agent's folder alone. */
export function removeAgentFrames(error: unknown, agentFolder: string): void {
  try {
    if (typeof error !== "object" || error === null) return;
    const { stack } = error as { stack?: unknown };
    if (typeof stack !== "string" || !stack.includes(agentFolder)) return;
    const kept = stack.split("\n").filter((line) => !isAgentFrame(line, agentFolder));
    (error as { stack: string }).stack = kept.join("\n");
  } catch {
    // A frozen error, a proxy, a throwing getter: better a frame too many than another error.
  }
}

function isAgentFrame(line: string, agentFolder: string): boolean {
  return /^\s+at /.test(line) && line.includes(agentFolder);
}
