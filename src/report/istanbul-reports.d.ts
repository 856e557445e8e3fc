// @types/istanbul-reports covers `create(name)` only, whose dynamic require no bundler can follow.
declare module "istanbul-reports/lib/*" {
  import type { Context } from "istanbul-lib-report";

  export default class IstanbulReport {
    constructor(options: { projectRoot?: string; file?: string });
    execute(context: Context): void;
  }
}
