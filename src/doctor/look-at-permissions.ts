import { type IAMClient, SimulatePrincipalPolicyCommand } from "@aws-sdk/client-iam";
import type { Permission } from "./function-facts.ts";
import type { NeededPermission } from "./needed-permissions.ts";

/** Asks IAM itself, which knows managed policies, boundaries and denials. Needs `iam:SimulatePrincipalPolicy`. */
export function lookAtPermissions(
  iam: IAMClient,
  roleArn: string,
  needed: readonly NeededPermission[],
): Promise<Permission[]> {
  return Promise.all(
    needed.map(async ({ action, resource }) => {
      const command = new SimulatePrincipalPolicyCommand({
        PolicySourceArn: roleArn,
        ActionNames: [action],
        ResourceArns: [resource.replace(/\*$/, "doctor")],
      });
      const { EvaluationResults = [] } = await iam.send(command);
      const isAllowed =
        EvaluationResults.length > 0 && EvaluationResults.every((it) => it.EvalDecision === "allowed");
      return { action, resource, isAllowed };
    }),
  );
}
