/** What to do about a failed upload; docs/errors.md has the long form, by the same codes. */
import contract from "../../../contract/delivery.json" with { type: "json" };
import type { DeliveryError } from "../../shared/delivery-status.ts";
import { partitionOf } from "./endpoint.ts";

const remedies: Record<string, string> = contract.remedies;
const networkCodes = new Set(contract.networkCodes);

export function remedyFor(
  error: DeliveryError,
  bucket: string,
  key: string,
  region = process.env.AWS_REGION ?? "",
): string | undefined {
  if (networkCodes.has(error.code)) return contract.unreachable;
  const values: Record<string, string> = {
    bucket,
    // The grant that the whole prefix needs, not one day's folder.
    prefix: key.replace(/(\d{4}\/\d{2}\/\d{2}\/)?[^/]*$/, ""),
    partition: partitionOf(region).arn,
  };
  const remedy = remedies[error.code];
  // One code's remedy may be another's.
  return (remedies[remedy ?? ""] ?? remedy)?.replace(
    /\{(\w+)\}/g,
    (_, name: string) => values[name] as string,
  );
}
