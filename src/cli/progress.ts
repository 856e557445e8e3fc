/** Progress of combining: a bar with files per second on a terminal, a plain line now and then elsewhere. */
import cliProgress from "cli-progress";
import type { CombineProgress } from "../combine/index.ts";
import type { Output } from "./terminal.ts";

/** In CI logs a line every 5 s shows life without flooding. */
const plainIntervalMs = 5_000;
/** Below that a bar would only flicker. */
const quietMs = 300;

export interface Progress {
  update(progress: CombineProgress): void;
  stop(): void;
}

export function startProgress(err: Output, quiet = false): Progress {
  if (quiet) return { update: () => undefined, stop: () => undefined };
  return err.isTerminal ? barProgress(err) : lineProgress(err);
}

const barLooks = {
  barCompleteChar: "█",
  barIncompleteChar: "░",
  hideCursor: true,
  clearOnComplete: true,
  stream: process.stderr,
};

function barSize({ width = 80 }: Output): number {
  return Math.max(10, Math.min(40, width - 60));
}

function barProgress(err: Output): Progress {
  const startedAt = performance.now();
  const bar = new cliProgress.SingleBar({
    format: `  {bar} {value}/{total} coverage files  {rate} files/s  {size}{skipped}`,
    barsize: barSize(err),
    ...barLooks,
  });
  let isShown = false;
  return {
    update(progress) {
      const elapsedMs = performance.now() - startedAt;
      if (!isShown && elapsedMs < quietMs) return;
      if (!isShown) bar.start(progress.listed, 0, payload(progress, elapsedMs));
      isShown = true;
      bar.setTotal(progress.listed);
      bar.update(progress.processed + progress.skipped, payload(progress, elapsedMs));
    },
    stop() {
      if (isShown) bar.stop();
    },
  };
}

/** A bar on a terminal; elsewhere nothing: probing takes seconds. */
export function startProbeProgress(err: Output, path: string) {
  if (!err.isTerminal) return { update: () => undefined, stop: () => undefined };
  const bar = new cliProgress.SingleBar({
    format: `  {bar} {value}/{total} files probed  ${path.replaceAll(/[{}]/g, "")}`,
    barsize: barSize(err),
    ...barLooks,
  });
  const startedAt = performance.now();
  let isShown = false;
  return {
    update({ done, total }: { done: number; total: number }) {
      if (!isShown && performance.now() - startedAt < quietMs) return;
      if (!isShown) bar.start(total, done);
      isShown = true;
      bar.update(done);
    },
    stop() {
      if (isShown) bar.stop();
    },
  };
}

function payload(progress: CombineProgress, elapsedMs: number) {
  return {
    rate: filesPerSecond(progress, elapsedMs),
    size: formatBytes(progress.bytes),
    skipped: progress.skipped > 0 ? `  ${progress.skipped} skipped` : "",
  };
}

function lineProgress(err: Output): Progress {
  const startedAt = performance.now();
  let printedAt = startedAt;
  return {
    update(progress) {
      const now = performance.now();
      if (now - printedAt < plainIntervalMs) return;
      printedAt = now;
      const done = progress.processed + progress.skipped;
      const rate = filesPerSecond(progress, now - startedAt);
      err.write(
        `combining: ${done} of ${progress.listed} files, ${rate} files/s, ${formatBytes(progress.bytes)}\n`,
      );
    },
    stop: () => undefined,
  };
}

export function filesPerSecond(progress: CombineProgress, elapsedMs: number): string {
  const done = progress.processed + progress.skipped;
  return Math.round((done * 1000) / Math.max(1, elapsedMs)).toLocaleString("en-US");
}

export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1_000).toFixed(1)} KB`;
  return bytes < 1_000_000_000 ? `${(bytes / 1_000_000).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}
