/** How a test ends: bare and probed must end alike. */
import { setImmediate as turn } from "node:timers/promises";
import { ProberError } from "../../../src/prober/prober-error.ts";
import { Program } from "./program.ts";
import { type Harness, newRealm } from "./realm.ts";
import type { TestFile, Variant } from "./test-file.ts";

/** `refused`: the prober makes no copy of it, so that the original runs. */
export type Outcome = { end: "passed" | "open" | "refused" } | { end: "failed"; error: string };

/** An asynchronous test that has not ended after so many turns of the event loop never does. */
const mostTurns = 30;

export interface Run {
  path: string;
  test: TestFile;
  variant: Variant;
  harness: Harness;
}

export async function outcomeOf({ path, test, variant, harness }: Run, isProbed: boolean): Promise<Outcome> {
  const realm = newRealm(test.includes, harness);
  const program = new Program(realm, isProbed);
  const source = variant === "strict" ? `"use strict";\n${test.source}` : test.source;
  const end: { outcome?: Outcome } = {};
  const run = async (): Promise<void> => {
    try {
      if (variant === "module") await program.runModule(source, path);
      else program.runFunction(source, path);
      end.outcome = { end: "passed" };
    } catch (error) {
      end.outcome =
        error instanceof ProberError ? { end: "refused" } : { end: "failed", error: describe(error) };
    }
  };
  void run();
  const isOver = () =>
    end.outcome !== undefined && (end.outcome.end !== "passed" || !test.isAsync || realm.printed.length > 0);
  for (let turns = 0; !isOver() && turns < mostTurns; turns++) await turn();
  if (!isOver()) return { end: "open" };
  const [said = "Test262:AsyncTestComplete"] = realm.printed;
  const { outcome = { end: "open" } } = end;
  if (outcome.end !== "passed" || said === "Test262:AsyncTestComplete") return outcome;
  return { end: "failed", error: said };
}

function describe(error: unknown): string {
  try {
    return `${(error as Error).constructor.name}: ${(error as Error).message}`;
  } catch {
    return typeof error;
  }
}
