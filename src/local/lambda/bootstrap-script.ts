import type { DeployedFunction } from "./deployed-function.ts";
import { quote } from "./launch.ts";

/** Shell script that starts the runtime client, as the managed runtimes' bootstrap deals with an exec wrapper. */
export function bootstrapScript(fn: DeployedFunction, taskRoot: string): string {
  const command = fn.runtime.command.map(quote).join(" ");
  const prefix = (fn.config.launchPrefix ?? []).map((word) => `${quote(word)} `).join("");
  return `cd ${quote(taskRoot)} || exit 125
if [ -z "$AWS_LAMBDA_EXEC_WRAPPER" ]; then exec ${prefix}${command}; fi
if [ ! -f "$AWS_LAMBDA_EXEC_WRAPPER" ]; then echo "$AWS_LAMBDA_EXEC_WRAPPER: does not exist"; exit 127; fi
if [ ! -x "$AWS_LAMBDA_EXEC_WRAPPER" ]; then echo "$AWS_LAMBDA_EXEC_WRAPPER: is not an executable"; exit 126; fi
exec ${prefix}"$AWS_LAMBDA_EXEC_WRAPPER" ${command}
`;
}
