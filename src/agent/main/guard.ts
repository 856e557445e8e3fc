/**
 * Lets every environment go when the agent's worker is dead or stuck: a registered extension that does not
 * ask for its next event holds the environment until the function's timeout.
 */
import { createExtensionClient } from "../shared/extension-client.ts";

/** Asks for events for ever and does nothing with them. Returns at once; never throws. */
export function releaseEveryEvent(runtimeApi: string, extensionId: string): void {
  const client = createExtensionClient(runtimeApi, true);
  const ask = (): void => {
    client.next(extensionId).then(ask, () => client.close());
  };
  ask();
}
