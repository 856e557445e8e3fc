import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Finding, fences, type Page } from "./pages.ts";

/** Compiles every `ts` block of the pages as a module of its own, against the sources of this package. */
export function snippetFindings(root: string, pages: readonly Page[]): Finding[] {
  const folder = join(root, ".cache", "snippets");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const origins = new Map<string, { path: string; line: number }>();
  for (const page of pages) {
    fences(page.text).forEach((fence, at) => {
      if (fence.language !== "ts") return;
      const name = `${page.path.replace(/[^\w]+/g, "-")}-${at}.ts`;
      writeFileSync(join(folder, name), fence.code);
      origins.set(name, { path: page.path, line: fence.line });
    });
  }
  if (origins.size === 0) return [];
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(snippetsConfig, null, 2));
  const tsc = join(root, "node_modules", ".bin", "tsc");
  const run = spawnSync(tsc, ["--noEmit", "--pretty", "false", "-p", folder], {
    encoding: "utf8",
    cwd: folder,
  });
  const findings = compilerFindings(run.stdout, origins);
  if (run.status !== 0 && findings.length === 0) {
    throw new Error(`tsc failed on the documentation's snippets:\n${run.stdout}${run.stderr}`);
  }
  return findings;
}

const snippetsConfig = {
  extends: "../../tsconfig.json",
  compilerOptions: {
    moduleDetection: "force",
    noUnusedLocals: false,
    paths: {
      "lambda-coverage-layer": ["../../src/api/index.ts"],
      "lambda-coverage-layer/cdk": ["../../src/cdk/index.ts"],
      "lambda-coverage-layer/local": ["../../src/local/index.ts"],
    },
  },
  include: ["*.ts", "../../src/**/*.d.ts"],
  exclude: [],
};

function compilerFindings(output: string, origins: Map<string, { path: string; line: number }>): Finding[] {
  return [...output.matchAll(/^(\S+)\((\d+),\d+\): error (.*)$/gm)].map((match) => {
    const [, file = "", line = "1", message = ""] = match;
    const origin = origins.get(file);
    if (origin === undefined) return { path: file, line: Number(line), message };
    return {
      path: origin.path,
      line: origin.line + Number(line) - 1,
      message: `the snippet does not compile: ${message}`,
    };
  });
}
