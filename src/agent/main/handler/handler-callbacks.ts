import type { HandlerHost, InvocationWatch, LambdaContext } from "./handler-proxy.ts";

/** Line 3 posts the response from its callback and from `context.succeed/fail/done`. */
export function watchCallbacks(
  args: unknown[],
  context: LambdaContext | undefined,
  watch: InvocationWatch,
  host: HandlerHost,
): unknown[] {
  if (host.line !== 3) return args;
  const watched = (original: unknown, outcomeOf: (args: unknown[]) => "ok" | "error", viaLoop: boolean) =>
    typeof original !== "function"
      ? original
      : function (this: unknown, ...reported: unknown[]): unknown {
          const outcome = outcomeOf(reported);
          if (outcome === "error") host.frames.removeFrom(reported[0]);
          let answer: unknown;
          try {
            answer = Reflect.apply(original, this, reported);
          } catch (error) {
            // The client cannot stringify the result: it throws from here and posts that as the error.
            host.frames.removeFrom(error);
            throw error;
          }
          if (outcome === "ok" && viaLoop && context?.callbackWaitsForEmptyEventLoop !== false) {
            watch.finishesWithEmptyEventLoop();
          } else watch.finished(outcome);
          return answer;
        };
  const errorFirst = (reported: unknown[]): "ok" | "error" => (reported[0] == null ? "ok" : "error");
  if (context !== undefined && typeof context === "object") {
    context.succeed = watched(context.succeed, () => "ok", false);
    context.fail = watched(context.fail, () => "error", false);
    context.done = watched(context.done, errorFirst, false);
  }
  if (args.length < 3) return args;
  const [event, , callback, ...rest] = args;
  return [event, context, watched(callback, errorFirst, true), ...rest];
}
