/** A load test while it runs: a bar on a terminal, a line now and then elsewhere. */
import cliProgress from "cli-progress";
import type { LoadProgress } from "../load-test/run-load-test.ts";
import type { Output } from "./terminal.ts";

const plainIntervalMs = 5_000;

export interface LoadTestProgress {
  update(progress: LoadProgress): void;
  stop(): void;
}

export function startLoadTestProgress(err: Output, quiet: boolean): LoadTestProgress {
  if (quiet) return { update: () => undefined, stop: () => undefined };
  return err.isTerminal ? bar(err) : lines(err);
}

const nouns = { invoking: "invocations", coverage: "coverage files arrived" };

function bar(err: Output): LoadTestProgress {
  const line = new cliProgress.SingleBar({
    format: "  {bar} {value}/{total} {noun}{note}",
    barsize: Math.max(10, Math.min(40, (err.width ?? 80) - 60)),
    barCompleteChar: "█",
    barIncompleteChar: "░",
    hideCursor: true,
    clearOnComplete: true,
    stream: process.stderr,
  });
  let isShown = false;
  return {
    update(progress) {
      const payload = { noun: nouns[progress.phase], note: noteOf(progress) };
      if (!isShown) line.start(progress.total, progress.done, payload);
      isShown = true;
      line.setTotal(progress.total);
      line.update(progress.done, payload);
    },
    stop() {
      if (isShown) line.stop();
      isShown = false;
    },
  };
}

function noteOf({ phase, failed, latencyMs }: LoadProgress): string {
  const latency = phase === "invoking" && latencyMs > 0 ? `  ${latencyMs.toFixed(0)} ms` : "";
  return `${latency}${failed > 0 ? `  ${failed} failed` : ""}`;
}

function lines(err: Output): LoadTestProgress {
  let printedAt = performance.now();
  return {
    update(progress) {
      const now = performance.now();
      if (now - printedAt < plainIntervalMs) return;
      printedAt = now;
      const failed = progress.failed > 0 ? `, ${progress.failed} failed` : "";
      err.write(`load test: ${progress.done} of ${progress.total} ${nouns[progress.phase]}${failed}\n`);
    },
    stop: () => undefined,
  };
}
