/**
 * How a probed copy reaches its counters: what the prober writes and the agent provides. Every file has a slice of
 * unsigned 32-bit counters, a `Uint32Array` as long as its plan has probes, by its number in the manifest.
 */

/**
 * Name of the function that the agent defines on `globalThis` before user code loads, in every thread, not
 * enumerable: `__lambdaCoverageProbes(slice: number): Uint32Array`. A plain identifier, since `globalThis` and
 * `Symbol` may be variables of the user's file, which would not be initialised yet where the copy asks.
 */
export const probesFunction = "__lambdaCoverageProbes";

/**
 * Modules in an import cycle take their slice as the default export of `lambda-coverage-probes:<slice>`, which the
 * agent's loader hook resolves: their functions may be called before their own first line has run.
 */
export const probesModule = "lambda-coverage-probes:";

/** The copy's first statement, behind hashbang and directives; it has no line break. */
export function formatAccess(name: string, slice: number, by: "function" | "import"): string {
  return by === "import"
    ? `import ${name} from"${probesModule}${slice}";`
    : `const ${name}=${probesFunction}(${slice});`;
}

const access = new RegExp(
  `(?:const [$\\w]+=${probesFunction}\\(|import [$\\w]+ from"${probesModule})\\d+(?:\\)|");`,
);

/** Whether a text is a probed copy. */
export function isProbedCopy(text: string): boolean {
  return access.test(text);
}
