/** What probed code may do otherwise: docs/how-probes-work.md tells users the same. */
import type { Case } from "./worker.ts";

interface NamedDifference {
  what: string;
  why: string;
  covers(found: Case): boolean;
}

const message = (found: Case, which: "bare" | "probed"): string =>
  found[which].end === "failed" ? found[which].error : "";
const kindOf = (text: string): string => text.split(":")[0] as string;

export const namedDifferences: readonly NamedDifference[] = [
  {
    what: "a function that is itself a computed key",
    why: "its text becomes the key, and is the copy's; whoever keeps it in a variable is found as little",
    covers: ({ path }) => /computed-property-name-from-(async-)?(arrow-)?(function|generator)/.test(path),
  },
  {
    what: "functions compared by < and >=",
    why: "both sides' texts are compared, and the copies' have probes of different length",
    covers: ({ path }) => /\/S11\.8\.[14]_A3\.2_T1\.2\.js$/.test(path),
  },
  {
    what: "the wording of V8's own errors",
    why: "V8 prints the expression that it could not call or read, which is wrapped in the copy",
    covers: (found) => {
      const [bare, probed] = [message(found, "bare"), message(found, "probed")];
      return bare !== "" && kindOf(bare) === kindOf(probed) && !bare.startsWith("Test262Error");
    },
  },
];
