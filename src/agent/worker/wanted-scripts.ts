/**
 * The script files, and plans of probed ones, that the bucket may still need. Those first seen together are a batch: one HEAD tells whether
 * an earlier environment stored the same batch; else each is put unless it is there, a few at a time.
 */
import { createHash } from "node:crypto";
import type { Budget } from "../shared/hold-budget.ts";
import type { Clock } from "./delivery/clock.ts";
import type { Delivery } from "./delivery/delivery.ts";
import type { WantedContent } from "./take-reader.ts";

/** Packing a big script and its map takes time that is billed: so many bytes of source a hold, at most. */
const scriptBytesPerHold = 12 * 1024 * 1024;
/** More connections would cost more in TLS handshakes than they save. */
const atOnce = 4;
/** For fewer, asking for each is as quick. */
const minBatchNoted = 4;

export interface WantedScripts {
  /** Scripts of one snapshot; those known already are left out. */
  add(identities: Iterable<string>): void;
  /** Stores what is missing within the budget; what is left waits for the next call. */
  store(budget: Budget): Promise<void>;
}

interface Batch {
  scripts: string[];
  /** Of the batch as a whole; undefined for small ones, and where one of its scripts is gone. */
  set: string | undefined;
  asked: boolean;
}

export function createWantedScripts(options: {
  delivery: Pick<Delivery, "storeContent" | "hasScriptSet" | "noteScriptSet">;
  clock: Clock;
  content: (identity: string) => WantedContent;
}): WantedScripts {
  const { delivery, clock, content } = options;
  const known = new Set<string>();
  /** Stored, or gone. */
  const settled = new Set<string>();
  const batches: Batch[] = [];

  const storeMissing = async (batch: Batch, budget: Budget): Promise<boolean> => {
    const missing = batch.scripts.filter((identity) => !settled.has(identity)).values();
    let bytes = 0;
    let stopped = false;
    const worker = async (): Promise<void> => {
      for (const identity of missing) {
        if (stopped || clock.now() >= budget.deadlineAt || bytes > scriptBytesPerHold) {
          stopped = true;
          return;
        }
        const { key, failure, pack } = content(identity);
        const body = (): Uint8Array | undefined => {
          const packed = pack();
          bytes += packed?.length ?? 0;
          return packed?.body;
        };
        const likelyMissing = batch.set !== undefined;
        const outcome = await delivery.storeContent({ key, failure, body, likelyMissing }, budget);
        if (outcome === "failed") stopped = true;
        else settled.add(identity);
        // The bucket never gets all of this set.
        if (outcome === "gone") batch.set = undefined;
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    return batch.scripts.every((identity) => settled.has(identity));
  };

  return {
    add(identities) {
      const scripts = [...new Set(identities)].filter((identity) => !known.has(identity)).sort();
      for (const identity of scripts) known.add(identity);
      if (scripts.length === 0) return;
      const set = scripts.length < minBatchNoted ? undefined : setHash(scripts);
      batches.push({ scripts, set, asked: false });
    },
    async store(budget) {
      for (let batch = batches[0]; batch !== undefined; batch = batches[0]) {
        if (clock.now() >= budget.deadlineAt) return;
        const ask = batch.set !== undefined && !batch.asked;
        batch.asked = true;
        const there = ask && (await delivery.hasScriptSet(batch.set as string, budget));
        if (!there) {
          if (!(await storeMissing(batch, budget))) return;
          if (batch.set !== undefined) await delivery.noteScriptSet(batch.set, batch.scripts, budget);
        }
        batches.shift();
      }
    },
  };
}

function setHash(scripts: readonly string[]): string {
  return createHash("sha256").update(scripts.join("\n")).digest("hex");
}
