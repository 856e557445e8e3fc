import type { Flow, Step } from "../../examples/orders/events.ts";
import type { InvokeResult } from "../../src/local/index.ts";

export interface Answer {
  step: Step;
  result: InvokeResult;
}

/**
 * Runs the flows, `width` at a time, the steps of each in order.
 * @param onAnswer after each answer
 * @throws at the first step whose answer is not the expected one
 */
export async function runFlows(
  flows: readonly Flow[],
  width: number,
  invoke: (event: unknown) => Promise<InvokeResult>,
  onAnswer: (answered: number) => void,
): Promise<Answer[]> {
  const waiting = [...flows];
  const answers: Answer[] = [];
  const runNext = async (): Promise<void> => {
    for (let flow = waiting.shift(); flow !== undefined; flow = waiting.shift()) {
      for (const step of flow.steps) {
        const result = await invoke(step.event);
        const problem = problemOf(step, result);
        if (problem !== undefined) throw new Error(`"${step.title}" (${flow.name}): ${problem}`);
        answers.push({ step, result });
        onAnswer(answers.length);
      }
    }
  };
  await Promise.all(Array.from({ length: width }, runNext));
  return answers;
}

function problemOf(step: Step, result: InvokeResult): string | undefined {
  if (result.functionError !== undefined) return `the function failed: ${result.payload}`;
  const { statusCode } = JSON.parse(result.payload) as { statusCode?: number };
  if (statusCode === step.status) return undefined;
  return `status ${statusCode}, not ${step.status}: ${result.payload}`;
}
