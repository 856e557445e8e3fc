/** What the output may use: colour and progress only on a terminal, NO_COLOR honoured (no-color.org). */
export interface Terminal {
  out: Output;
  /** Messages and progress, so that standard output stays clean for reports and JSON. */
  err: Output;
}

export interface Output {
  write(text: string): void;
  isTerminal: boolean;
  colour: boolean;
  /** Columns; undefined where it is no terminal. */
  width: number | undefined;
}

export function processTerminal(env: NodeJS.ProcessEnv = process.env): Terminal {
  return { out: output(process.stdout, env), err: output(process.stderr, env) };
}

function output(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Output {
  const isTerminal = stream.isTTY === true && env.TERM !== "dumb";
  const noColour = env.NO_COLOR !== undefined && env.NO_COLOR !== "";
  return {
    write: (text) => void stream.write(text),
    isTerminal,
    colour: isTerminal && !noColour,
    width: isTerminal ? (stream.columns ?? 80) : undefined,
  };
}
