/**
 * `npm run machine`: what this machine lacks of what some tests take. With --packages only Debian's packages of it, for
 * apt-get: `.ci/run` installs them.
 */
import { parseArgs } from "node:util";
import { lacking, missingPackages, type NeedName, needs } from "./machine/needs.ts";

const { values } = parseArgs({ options: { packages: { type: "boolean" } } });
if (values.packages) console.log(missingPackages().join(" "));
else {
  for (const name of Object.keys(needs) as NeedName[]) {
    const lacks = lacking(name);
    console.log(
      lacks === undefined ? `there     ${name}: ${needs[name].what}` : `lacking   ${name}: ${lacks}`,
    );
  }
}
