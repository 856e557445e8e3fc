/** A combine result made of what Istanbul's instrumenter counted in code that really ran. */
import vm from "node:vm";
import libCoverage, { type FileCoverageData } from "istanbul-lib-coverage";
import { createInstrumenter } from "istanbul-lib-instrument";
import type { CombineResult, ReportedFile } from "../combine/result.ts";

export const priceSource = `// Prices of orders.
export const rates = { de: 0.19, fr: 0.2 };

export function price(items, discount = 0) {
  let total = 0;
  for (const item of items) {
    if (item.qty > 10) {
      total += item.price * item.qty * 0.9;
    } else {
      total += item.price * item.qty;
    }
  }
  if (discount) {
    total -= discount;
  }
  return total;
}

export function neverCalled(reason) {
  if (reason) {
    throw new Error(\`no \${reason}\`);
  }
  return undefined;
}

export const label = (order) => (order.paid ? "paid" : "open");
`;

export const routerSource = `import { price, label } from "./price.js";

export function route(event) {
  switch (event.path) {
    case "/price": return { total: price(event.items, event.discount) };
    case "/label": return { label: label(event.order ?? { paid: true }) };
    default: return { statusCode: 404 };
  }
}
`;

const hostilePath = "src/<script>alert(1)</script>/..%2f\"'`|x\u001b[31m\nSF:forged.js";
const hostileSource = `export const html = "</span></pre><script>document.title = 'owned'</script><img src=x onerror=alert(1)>";
export class Names { "<img src=x onerror=alert(1)>\\nend_of_record"() { return 1; } }
// \u202e direction \u2066 marks, ${"`"}backticks${"`"} | pipes <!-- --> ]]>
`;

export interface SampleFile {
  path: string;
  source: string;
}

export const sampleFiles: SampleFile[] = [
  { path: "src/orders/price.js", source: priceSource },
  { path: "src/orders/router.js", source: routerSource },
  { path: hostilePath, source: hostileSource },
  { path: "__proto__", source: "export const proto = 1;\n" },
  { path: "constructor/../toString", source: "export const dots = 1;\n" },
];

export function emptyResult(): CombineResult {
  return {
    coverageMap: libCoverage.createCoverageMap(),
    sources: new Map(),
    files: new Map(),
    filesProcessed: 3,
    filesSkipped: 0,
    skipped: [],
    duplicates: 0,
    bytesRead: 0,
    complete: true,
    encodeSum: () => new Uint8Array(),
    invocations: { count: 7, outcomes: { ok: 5, error: 1, timeout: 1, crash: 0 } },
    environments: { count: 2, withLosses: 0, losses: [] },
    unknown: new Map(),
    atLoad: new Map(),
    inits: { environments: 0, withoutInit: 0, gone: [] },
    unmapped: [],
    functions: new Map(),
    python: new Map(),
    neverLoaded: [],
    excluded: [],
    period: { from: "2026-11-20T08:00:00Z", to: "2026-11-20T09:30:00Z" },
  };
}

/** The sample as combine would hand it over; `more` replaces fields. */
export function sampleResult(more: Partial<CombineResult> = {}): CombineResult {
  return { ...emptyResult(), ...coverageOf(sampleFiles, samplePrograms), ...more };
}

/** Runs each file's own code in a context of its own; the coverage of all. */
export function coverageOf(
  files: readonly SampleFile[],
  programs: ReadonlyMap<string, string>,
): Pick<CombineResult, "coverageMap" | "sources" | "files"> {
  const map = libCoverage.createCoverageMap();
  const reported = new Map<string, ReportedFile>();
  for (const { path, source } of files) {
    map.addFileCoverage(runInstrumented(path, source, programs.get(path) ?? ""));
    reported.set(path, {
      language: "javascript",
      path,
      sourceSha256: undefined,
      newest: true,
      functions: ["orders"],
      deployed: false,
      collectors: ["v8"],
    });
  }
  return {
    coverageMap: map,
    sources: new Map(files.map(({ path, source }) => [path, source])),
    files: reported,
  };
}

/** Files with no statement of their own in the map: for figures that come from elsewhere, as Python's do. */
export function filesWithoutCounters(
  paths: readonly string[],
): Pick<CombineResult, "coverageMap" | "sources" | "files"> {
  const map = libCoverage.createCoverageMap();
  for (const path of paths) map.addFileCoverage(libCoverage.createFileCoverage(path));
  return { coverageMap: map, sources: new Map(), files: new Map() };
}

function runInstrumented(path: string, source: string, program: string): FileCoverageData {
  const instrumenter = createInstrumenter({ esModules: true, compact: true, coverageVariable: "counted" });
  // Under a name of ours: the instrumenter's own bookkeeping would fall for `__proto__`.
  const code = instrumenter.instrumentSync(source, "sample.js");
  const plain = code.replace(/import\s*\{[^}]*\}\s*from\s*"[^"]*";/g, "").replace(/\bexport /g, "");
  const context = vm.createContext({});
  vm.runInContext(`${plain}\n${program}`, context);
  const counted = vm.runInContext("counted", context) as Record<string, FileCoverageData>;
  return { ...(JSON.parse(JSON.stringify(counted["sample.js"])) as FileCoverageData), path };
}

const samplePrograms = new Map([
  [
    "src/orders/price.js",
    `price([{ qty: 1, price: 2 }, { qty: 20, price: 1 }]); label({ paid: true }); label({ paid: true });`,
  ],
  [
    "src/orders/router.js",
    `const price = () => 1, label = () => "x"; route({ path: "/price" }); route({ path: "/label", order: {} });`,
  ],
]);
