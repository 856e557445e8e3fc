import pc from "picocolors";

const terminal = process.stdout.isTTY === true;
const colours = pc.createColors(terminal && !process.env.NO_COLOR);

/** Runs one step of the demo and prints one line for it: while it runs (on a terminal) and when it is done. */
export async function step<T>(
  title: string,
  work: (progress: (text: string) => void) => Promise<{ value: T; done: string }>,
): Promise<T> {
  const started = performance.now();
  const label = title.padEnd(22);
  const show = (text: string) =>
    terminal && process.stdout.write(`\r\x1b[2K  … ${label} ${colours.dim(text)}`);
  show("");
  try {
    const { value, done } = await work(show);
    const seconds = `${((performance.now() - started) / 1000).toFixed(1)} s`;
    process.stdout.write(
      `${start()}  ${colours.green("✓")} ${label} ${done.padEnd(62)} ${colours.dim(seconds.padStart(7))}\n`,
    );
    return value;
  } catch (error) {
    process.stdout.write(`${start()}  ${colours.red("✗")} ${label} failed\n`);
    throw error;
  }
}

function start(): string {
  return terminal ? "\r\x1b[2K" : "";
}

export function heading(text: string): void {
  process.stdout.write(`\n${colours.bold(text)}\n`);
}
