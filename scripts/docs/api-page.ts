/** docs/api.md: the package's face, from its own declarations and their comments. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Declaration, declarationsIn } from "./declarations.ts";

interface Section {
  title: string;
  intro?: string;
  /** Files below src/, without extension, in reading order. */
  files: string[];
  example?: string;
}

const sections: Section[] = [
  {
    title: "A whole handler",
    files: ["api/coverage-handler"],
    example: `import { coverageHandler } from "lambda-coverage-layer";

export const handler = coverageHandler(async (event: { name?: string }) => ({
  statusCode: 200,
  body: event.name ?? "World",
}));`,
  },
  {
    title: "A block of code",
    files: ["api/coverage-context", "api/lifecycle"],
    example: `import { CoverageContext } from "lambda-coverage-layer";

function processOrder(order: string): string {
  return order.toUpperCase();
}

export async function handler(event: { order: string }) {
  return await new CoverageContext().run(() => processOrder(event.order));
}`,
  },
  {
    title: "Configuration",
    intro: "The variables are on the page [settings](settings.md).",
    files: ["api/coverage-config"],
  },
  {
    title: "Health",
    intro:
      "`COVERAGE_HEALTH_CHECK_PATH` answers without any code of yours. **healthy**: collecting, or off because you said so (`coverage_enabled` tells). **degraded**: the last upload failed, files wait, or uploads pause. **unhealthy**: nothing is collected though it should be, or S3 said no; `errors` name the cause and the action to allow.",
    files: ["api/health", "agent/main/health/health-status", "api/health-check-response"],
    example: `import { coverageHandler, healthCheckHandler } from "lambda-coverage-layer";

export const handler = coverageHandler(async (event: { path: string }) => {
  if (event.path === "/health") return { statusCode: 200, body: JSON.stringify(healthCheckHandler()) };
  return { statusCode: 404, body: "" };
});`,
  },
  {
    title: "Combining",
    files: ["api/combiner"],
    example: `import { combineCoverageFiles } from "lambda-coverage-layer";

const result = await combineCoverageFiles({ bucketName: "my-coverage-bucket", prefix: "coverage/2026/11/20/" });
console.log(result.combined_coverage, result.output_location);`,
  },
  { title: "Uploading by hand", files: ["api/upload", "api/report-metadata"] },
  { title: "Errors", intro: "Every code is on the page [errors](errors.md).", files: ["api/errors"] },
];

const root = fileURLToPath(new URL("../..", import.meta.url));

export function apiPage(): string {
  const types = mkdtempSync(join(tmpdir(), "lambda-coverage-api-"));
  try {
    const tsc = join(root, "node_modules/.bin/tsc");
    const options = ["-p", "tsconfig.build.json", "--emitDeclarationOnly", "--sourceMap", "false"];
    // Type errors elsewhere are for `npm run types`: declarations are written all the same.
    spawnSync(tsc, [...options, "--outDir", types], { cwd: root });
    const exported = exportedNames(readFileSync(join(types, "api/index.d.ts"), "utf8"));
    const parts = sections.map((section) => sectionText(section, types, exported));
    if (exported.size > 0) throw new Error(`docs/api.md has no section for ${[...exported].join(", ")}`);
    return [...head, ...parts].join("\n");
  } finally {
    rmSync(types, { recursive: true, force: true });
  }
}

const head = [
  "<!-- Made by `npm run docs:generate` from src/api. Do not edit. -->",
  "",
  "# API",
  "",
  "[Settings](settings.md) · next: [errors](errors.md)",
  "",
  "What functions import: `lambda-coverage-layer`, from the layer or from npm, by `import` or `require`. Importing it",
  "is light; combining and the AWS SDK load at the first call. With the exec wrapper none of it is needed. An ES module",
  "cannot resolve a layer's packages by itself: with the exec wrapper it can, without it (and wherever the wrapper does",
  "nothing: `COVERAGE_ENABLED=false`, `COVERAGE_SAMPLE_RATE`) deploy the package with the function.",
  "",
  "In a function with `COVERAGE_S3_BUCKET` the import itself starts collecting, so import it first: what is loaded after",
  "it has block counters, what was loaded before is unknown. Elsewhere an import does nothing. Where nothing can be",
  "collected every function here does its work as if the layer were not there, and `healthCheckHandler` says why.",
  "",
];

/** Taken out of the set as they are described: what is left over has no place on the page. */
function sectionText(section: Section, types: string, exported: Set<string>): string {
  const lines = [`## ${section.title}`, ""];
  if (section.intro !== undefined) lines.push(section.intro, "");
  for (const file of section.files) {
    for (const declaration of declarationsIn(readFileSync(join(types, `${file}.d.ts`), "utf8"))) {
      if (exported.delete(declaration.name)) lines.push(...declarationText(declaration));
    }
  }
  if (section.example !== undefined) lines.push("```ts", section.example, "```", "");
  return lines.join("\n");
}

function declarationText({ name, doc, code }: Declaration): string[] {
  return [`### ${name}`, "", ...(doc === "" ? [] : [doc, ""]), "```typescript", code, "```", ""];
}

function exportedNames(index: string): Set<string> {
  const lists = [...index.matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap((match) =>
    (match[1] as string).split(","),
  );
  const names = lists.map((name) => name.replace("type ", "").trim()).filter((name) => name !== "");
  return new Set(names.filter((name) => name !== "layerVersion"));
}
