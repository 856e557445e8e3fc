import { contentPrefixes, mappingsPrefix, normalisePrefix } from "../contract/object-keys.ts";
import { settingsTable } from "../contract/settings.ts";
import { CoverageSetupError } from "./setup-error.ts";

/** The prefix of coverage files as used in keys. Throws `PrefixHoldsScripts` where it would hold the scripts too. */
export function coveragePrefix(prefix: string = settingsTable.s3Prefix.default): string {
  const used = normalisePrefix(prefix);
  const kept = [...contentPrefixes, mappingsPrefix].find(
    (folder) => folder.startsWith(used) || used.startsWith(folder),
  );
  if (kept === undefined) return used;
  throw new CoverageSetupError(
    "PrefixHoldsScripts",
    `The prefix ${JSON.stringify(prefix)} overlaps ${kept}, whose objects are kept for as long as coverage ` +
      'may refer to them; choose another one, for example "coverage/".',
  );
}
