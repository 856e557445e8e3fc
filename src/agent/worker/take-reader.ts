/** What the storekeeper needs of a take, whichever collector it comes from. */
import type { ScriptCoverage } from "../../contract/coverage-file.ts";
import type { InitExtent, InitScript, ProbesInitScript } from "../../contract/init-file.ts";
import type { TakenMessage } from "../shared/messages.ts";
import type { ContentUpload } from "./delivery/uploads.ts";
import type { Intervals } from "./novelty.ts";

export interface ReadTake {
  scripts: ScriptCoverage[];
  /** Where each of `scripts` counted, in its own terms; for COVERAGE_UPLOAD=new. */
  covered: Intervals[];
  /** Every function that ran since the last take is in `scripts`. */
  exact: boolean;
  /** What loading modules ran that no take before held. */
  inits: { extent: InitExtent; scripts: (InitScript | ProbesInitScript)[] }[];
  /** What the bucket may not have yet, by identities that `content` knows. */
  wanted: string[];
}

export interface WantedContent extends Pick<ContentUpload, "key" | "failure"> {
  /** The object, gzip'd, and the length of what it took to make; undefined where it is gone. */
  pack(): { body: Uint8Array; length: number } | undefined;
}

export interface TakeReader {
  /** Undefined: no counters were taken. */
  read(taken: TakenMessage): Promise<ReadTake | undefined>;
  /** By an identity out of `ReadTake.wanted`. */
  content(identity: string): WantedContent;
}
