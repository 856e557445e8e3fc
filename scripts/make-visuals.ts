/**
 * `npm run docs:visuals`: the pictures of README and docs, in docs/images. Screenshots of docs/sample-report,
 * the terminal of a demo run, and charts of bench/results. Needs chromium and `script` (util-linux).
 */
import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { launchChromium } from "../src/report/html/chromium.fixture.ts";
import { root } from "./demo/places.ts";
import { charts } from "./docs/charts.ts";
import { terminalLines } from "./visuals/ansi.ts";
import { terminalSvg, textOf } from "./visuals/terminal-svg.ts";

const images = join(root, "docs/images");
const report = join(root, "docs/sample-report");
/** A file with all there is to see: hits, uncovered lines, partly taken branches. */
const shownFile = "refunds.ts";
const columns = 104;

async function screenshots(): Promise<void> {
  const name = readdirSync(join(report, "files")).find((file) => file.includes(`.${shownFile}-`));
  if (name === undefined) throw new Error(`docs/sample-report has no page of ${shownFile}`);
  const browser = await launchChromium();
  try {
    const page = await browser.newPage({ viewport: { width: 1100, height: 640 }, colorScheme: "light" });
    // Past the imports, to where branches were missed.
    for (const [picture, file, scrolled] of [
      ["report-index.png", "index.html", 0],
      ["report-file.png", `files/${name}`, 400],
    ] as const) {
      await page.goto(pathToFileURL(join(report, file)).href);
      await page.evaluate(`scrollTo({ top: ${scrolled}, behavior: "instant" })`);
      await page.screenshot({ path: join(images, picture) });
      console.log(`wrote docs/images/${picture}`);
    }
  } finally {
    await browser.close();
  }
}

async function terminal(): Promise<void> {
  // A terminal of its own, so that the demo colours as it does for a reader.
  const { stdout } = await promisify(execFile)(
    "script",
    [
      "--quiet",
      "--return",
      "--command",
      `stty cols ${columns}; npx --no-install tsx scripts/demo.ts`,
      "/dev/null",
    ],
    { cwd: root, env: { ...process.env, TERM: "xterm", NO_COLOR: "" } },
  );
  const lines = terminalLines(stdout);
  const start = lines.findIndex((line) => textOf(line).includes("build the layer"));
  const end = lines.findIndex((line) => textOf(line).startsWith("All files"));
  if (start < 0 || end < 0) throw new Error("the demo printed no table: run `npm run demo`");
  writeFileSync(join(images, "demo.svg"), terminalSvg(lines.slice(start, end + 1), "make demo"));
  console.log("wrote docs/images/demo.svg");
}

function benchCharts(): void {
  for (const { path, svg, bench } of charts()) {
    if (svg !== undefined) writeFileSync(join(root, path), svg);
    console.log(
      svg === undefined ? `left out ${path}: no result in bench/results yet, ${bench}` : `wrote ${path}`,
    );
  }
}

mkdirSync(images, { recursive: true });
await screenshots();
await terminal();
benchCharts();
