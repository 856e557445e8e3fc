/** The package ships no types for its ES modules. */
declare module "@bcoe/v8-coverage" {
  export function mergeProcessCovs(covs: unknown[]): {
    result: {
      scriptId: string;
      url: string;
      functions: import("../../src/contract/ranges.ts").V8Function[];
    }[];
  };
}
