import { watchCallbacks } from "./handler-callbacks.ts";
import { type HandlerHost, type LambdaContext, unwatched, wrapHandler } from "./handler-proxy.ts";
import type { OwnFrames } from "./own-frames.ts";

/** Learns where our frames around a handler lie, plain, async and in its callbacks, by throwing through them. */
export async function learnOwnFrames(frames: OwnFrames): Promise<void> {
  const blind: OwnFrames = { learn: () => undefined, removeFrom: () => undefined };
  const host: HandlerHost = { line: 4, frames: blind, begin: () => unwatched };
  const fail = (): never => {
    throw new Error("probe");
  };
  const learnFrom = (call: () => unknown): void => {
    try {
      call();
    } catch (error) {
      frames.learn(error);
    }
  };
  learnFrom(() => wrapHandler(fail, host)());
  const context: LambdaContext = { succeed: fail };
  watchCallbacks([], context, unwatched, { ...host, line: 3 });
  learnFrom(context.succeed as () => unknown);
  const failLater = async (): Promise<never> => {
    await undefined;
    throw new Error("probe");
  };
  await wrapHandler(failLater, host)().catch((error: unknown) => frames.learn(error));
}
