/** Process of the local Lambda: Runtime API, Extensions API, Invoke API, and the parent of all sandboxes. */
import { serveParent } from "../child-server.ts";
import type { LocalFunctionConfig } from "../types.ts";
import { type HostOptions, type InvokeRequest, LambdaHost } from "./host.ts";
import { startInvokeApi } from "./invoke-api.ts";

let host: LambdaHost;

serveParent(
  {
    start: async (options: HostOptions, port: number) => {
      host = new LambdaHost(options);
      return { endpoint: await startInvokeApi(host, port), isolation: host.isolation };
    },
    createFunction: (config: LocalFunctionConfig) => host.createFunction(config),
    invoke: (name: string, request: InvokeRequest) => host.invoke(name, request, request.requestId),
    events: (sandboxId?: string) => host.events(sandboxId),
    logs: (name: string, sandboxId?: string) => host.logs(name, sandboxId),
    sandboxes: (name?: string) => host.sandboxes(name),
    signalRuntime: (sandboxId: string, signal: NodeJS.Signals) => host.signalRuntime(sandboxId, signal),
    shutdown: (sandboxId?: string) => host.shutdown(sandboxId),
  },
  () => host?.stop(),
);
