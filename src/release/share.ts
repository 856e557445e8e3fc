import { ReleaseError } from "./release-error.ts";

/** Who else may use a layer version. */
export interface Share {
  /** The policy's statement id: tells on a resumed release that it is there. */
  id: string;
  principal: string;
  organisation?: string;
}

/** `123456789012`, `o-a1b2c3d4e5` or `public`. Throws `BadShare` for anything else. */
export function parseShare(text: string): Share {
  if (/^\d{12}$/.test(text)) return { id: `account-${text}`, principal: text };
  if (/^o-[a-z0-9]{10,32}$/.test(text))
    return { id: `organisation-${text}`, principal: "*", organisation: text };
  if (text === "public") return { id: "public", principal: "*" };
  throw new ReleaseError(
    "BadShare",
    `${JSON.stringify(text)} is nobody to share a layer with.`,
    "Give a 12-digit account number, an organisation (o-…), or the word public.",
  );
}
