import { layerName, parseLayerDescription, type RuntimeFamily } from "../contract/runtimes.ts";
import type { LayerFacts } from "./function-facts.ts";

/** Which of our layers this is: by its description, the name we publish under, or what the constructs call it. */
export function familyOfLayer({ arn, description }: LayerFacts): RuntimeFamily | undefined {
  const described = description === undefined ? undefined : parseLayerDescription(description);
  if (described !== undefined) return described;
  const name = /^arn:[^:]+:lambda:[^:]*:[^:]*:layer:([^:]+)/.exec(arn)?.[1] ?? arn;
  if (name === layerName.nodejs) return "nodejs";
  if (name === layerName.python) return "python";
  if (!/coverage-?layer/i.test(name)) return undefined;
  return /python/i.test(name) ? "python" : "nodejs";
}
