import { CoverageContext, coverageHandler } from "lambda-coverage-layer";
import { type Reading, summarise } from "./summarise.ts";

interface BatchEvent {
  readings: Reading[];
}

/**
 * 1. Sampling by invocation: only some of them are counted. To sample by execution environment, so that the
 * others run entirely bare, set COVERAGE_SAMPLE_RATE instead: that needs no code.
 */
export async function sampled(event: BatchEvent) {
  const share = Number(process.env.SAMPLE_SHARE ?? "0.01");
  if (Math.random() < share) return new CoverageContext().run(async () => summarise(event.readings));
  return summarise(event.readings);
}

const countedStages = ["dev", "staging"];

async function summariseAll(event: BatchEvent) {
  return summarise(event.readings);
}

/** 2. Stage switch: wrapped in dev and staging, the bare function elsewhere. */
export const staged = countedStages.includes(process.env.STAGE ?? "")
  ? coverageHandler(summariseAll)
  : summariseAll;

/** 3. Selective blocks: the parsing loop is hot and not counted; each batch's arithmetic is. */
export async function selective(event: { lines: string[] }) {
  const readings = event.lines.map(parseLine);

  const coverage = new CoverageContext();
  await coverage.enter();
  try {
    return summarise(readings);
  } finally {
    await coverage.exit();
  }
}

function parseLine(line: string): Reading {
  const [sensor = "", value = ""] = line.split(",");
  return { sensor, value: Number(value) };
}
