/**
 * The layer's own log lines: one JSON object per line, written synchronously so that a frozen or dying
 * process loses none. No event data and no credentials ever go in: only what the caller names.
 */
import { writeSync } from "node:fs";
import type { Settings } from "../../contract/settings.ts";

export type LogLevel = Settings["logLevel"];

export interface LogFields {
  request_id?: string | undefined;
  error_type?: string;
  details?: Record<string, unknown>;
  [field: string]: unknown;
}

export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** Writes one prepared object as a line, whatever the level: embedded metrics. */
  raw(object: Record<string, unknown>): void;
}

export interface LogOptions {
  level: LogLevel;
  functionName?: string | undefined;
  /** File descriptor; by default 1 in a function, elsewhere 2: a script's output is its own. */
  fd?: number;
  /** Tests look at the lines. */
  write?: (line: string) => void;
  wallTime?: () => number;
}

const ranks: Record<LogLevel, number> = { DEBUG: 0, INFO: 1, WARNING: 2, ERROR: 3 };

/** The level that holds: COVERAGE_DEBUG=true means DEBUG. */
export function logLevel(settings: Pick<Settings, "logLevel" | "debug">): LogLevel {
  return settings.debug ? "DEBUG" : settings.logLevel;
}

export function createLog(options: LogOptions): Log {
  const fd = options.fd ?? (options.functionName === undefined ? 2 : 1);
  const write = options.write ?? ((line: string) => writeLine(fd, line));
  const wallTime = options.wallTime ?? Date.now;
  const log = (level: LogLevel, message: string, fields: LogFields = {}): void => {
    if (ranks[level] < ranks[options.level]) return;
    const line = {
      level,
      timestamp: new Date(wallTime()).toISOString(),
      source: "lambda-coverage",
      message,
      ...fields,
      ...(options.functionName === undefined ? {} : { function_name: options.functionName }),
    };
    write(`${JSON.stringify(line)}\n`);
  };
  return {
    info: (message, fields) => log("INFO", message, fields),
    warn: (message, fields) => log("WARNING", message, fields),
    error: (message, fields) => log("ERROR", message, fields),
    raw: (object) => write(`${JSON.stringify(object)}\n`),
  };
}

/** A full pipe answers EAGAIN; a log line is not worth more than a few tries, and never an exception. */
const writeTries = 8;

function writeLine(fd: number, line: string): void {
  let rest = Buffer.from(line);
  for (let attempt = 0; attempt < writeTries && rest.length > 0; attempt++) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return;
    }
  }
}
