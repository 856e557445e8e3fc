/**
 * The html report as a reader has it: from the disk, in a real browser.
 * @module-tag chromium
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import libCoverage from "istanbul-lib-coverage";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { reportInput } from "../from-combine.ts";
import { priceSource, sampleFiles, sampleResult } from "../sample.fixture.ts";
import { visibleText } from "../visible-text.ts";
import { writeReports } from "../write-reports.ts";
import { launchChromium } from "./chromium.fixture.ts";
import { pageName } from "./file-names.ts";

const hostileKey = "coverage/<img src=x onerror=document.title='owned'>.coverage";
const pricePath = "src/orders/price.js";
const hostile = sampleFiles.find((file) => file.path.includes("<script>")) as {
  path: string;
  source: string;
};

let folder: string;
let browser: Browser;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "lc-html-"));
  const result = sampleResult({
    filesSkipped: 1,
    skipped: [{ key: hostileKey, reason: "corrupt", detail: "cut off at byte 120" }],
    environments: {
      count: 5,
      withLosses: 1,
      losses: [{ environmentId: "e1", functionName: "orders", missingSequences: [3], lostRecords: [] }],
    },
    unknown: new Map([
      [pricePath, { reasons: ["late"], statements: [], branches: [], functions: [unknownFn] }],
    ]),
  });
  const invocations = { count: 1, outcomes: { ok: 1, error: 0, timeout: 0, crash: 0 } };
  const some = { versions: [], runtimes: [], filesProcessed: 1, environments: 1, invocations };
  const reported = new Map(
    [...result.files].map(([file, facts]) => [file, { ...facts, functions: [functionOf(file)] }]),
  );
  const byFunction = ["orders", "other"].map((name) => {
    const coverageMap = libCoverage.createCoverageMap();
    coverageMap.merge(result.coverageMap);
    coverageMap.filter((file) => functionOf(file) === name);
    return [name, { name, coverageMap, ...some }] as const;
  });
  const input = reportInput(
    { ...result, files: reported, functions: new Map(byFunction) },
    {
      location: "s3://bucket/coverage/",
      generatedAt: new Date("2026-11-20T10:00:00Z"),
      version: "1.2.3",
    },
  );
  await writeReports(input, { directory: folder, formats: ["html", "cobertura"] });
  browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

const functionOf = (file: string) => (file.startsWith("src/orders/") ? "orders" : "other");

/** `label` is taken as unknown, as if its line had no counters. */
const unknownFn = { name: "label", loc: { start: { line: 25, column: 0 }, end: { line: 25, column: 0 } } };

beforeEach(async () => {
  await page?.close();
  page = await browser.newPage();
  complaints = [];
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    return dialog.dismiss();
  });
});

const open = (file: string) => page.goto(`file://${folder}/${file}`);
const openFile = (source: string) => open(`files/${pageName(source)}`);
const texts = (locator: Locator) => locator.allInnerTexts();
const rows = () => texts(page.locator("#files tbody tr:visible td:first-child a"));

describe("index.html", () => {
  test("sorts by any column, both ways", async () => {
    await open("index.html");
    const byPath = await rows();
    expect(byPath).toEqual([...byPath].sort());

    const statements = () =>
      page
        .locator("#files tbody td:nth-child(3)")
        .evaluateAll((cells) => cells.map((cell) => Number(cell.getAttribute("data-sort"))));
    await page.locator("#files").getByRole("button", { name: "Statements" }).click();
    const up = await statements();
    expect(up).toEqual([...up].sort((a, b) => a - b));
    expect(new Set(up).size).toBeGreaterThan(2);
    await page.locator("#files").getByRole("button", { name: "Statements" }).click();
    expect(await statements()).toEqual([...up].sort((a, b) => b - a));

    await page.getByRole("button", { name: "Uncovered lines" }).click();
    expect((await rows())[0]).toBe(pricePath);
    expect(complaints).toEqual([]);
  });

  test("filters files and functions by path, and hides what is fully covered", async () => {
    await open("index.html");
    await page.locator("#filter").fill("orders price");
    expect(await rows()).toEqual([pricePath]);
    expect(await texts(page.locator("#never-ran tbody tr:visible td:first-child"))).toEqual(["neverCalled"]);
    await page.locator("#filter").fill("");
    await page.locator("#hide-full").check();
    expect(await rows()).not.toContain("__proto__");
    expect(await rows()).toContain(pricePath);
  });

  test("shows the files of one Lambda function only, and all again", async () => {
    await open("index.html");
    const all = await rows();
    await page.getByRole("button", { name: "orders", exact: true }).click();
    expect(await rows()).toEqual([pricePath, "src/orders/router.js"]);
    await page.getByRole("button", { name: "orders", exact: true }).click();
    expect(await rows()).toEqual(all);
  });

  test("says what the figures leave out", async () => {
    await open("index.html");
    const notes = (await texts(page.locator("details.note summary"))).join("\n");
    expect(notes).toContain("1 coverage file was skipped");
    expect(notes).toContain("1 of 5 execution environments lost coverage");
    expect(notes).toMatch(/unknown/);
    await page.locator("details.note.skipped summary").click();
    expect(await page.locator("details.note.skipped li").textContent()).toContain(hostileKey);
  });

  test("leads from a function that never ran to its line", async () => {
    await open("index.html");
    await page.getByRole("link", { name: `${pricePath}:19` }).click();
    expect(await page.locator(".row:target .text").textContent()).toContain("export function neverCalled");
  });
});

describe("a file's page", () => {
  test("marks every line as Istanbul counted it", async () => {
    await openFile(pricePath);
    const lines = await page.locator(".row").evaluateAll((elements) =>
      elements.map((element) => ({
        text: [...element.querySelectorAll(".text")].map((part) => part.textContent).join(""),
        hits: element.querySelector(".hits")?.textContent ?? "",
        state: element.className.replace(/^row ?/, ""),
      })),
    );
    expect(lines.map((line) => line.text)).toEqual(priceSource.trimEnd().split("\n"));
    const counted = sampleResult().coverageMap.fileCoverageFor(pricePath).data;
    const hits: Record<number, number> = {};
    for (const [id, { start }] of Object.entries(counted.statementMap)) {
      hits[start.line] = Math.max(hits[start.line] ?? 0, counted.s[id] ?? 0);
    }
    expect(lines.map((line) => line.hits)).toEqual(
      lines.map((_line, index) => (hits[index + 1] === undefined ? "" : `${hits[index + 1]}×`)),
    );
    const linesOf = (state: string) =>
      lines.flatMap((line, index) => (line.state === state ? [index + 1] : []));
    // By eye: the discount, and all of neverCalled; 13 and 26 have an arm that nobody took.
    expect(linesOf("miss")).toEqual([14, 19, 20, 21, 22, 23, 24]);
    expect(linesOf("part")).toEqual([13, 26]);
    expect(linesOf("unknown")).toEqual([25]);
    expect(await page.locator("#L13 .hint").getAttribute("data-hint")).toBe("if never true");
    expect(await page.locator("#L26 i.m").textContent()).toBe('"open"');
  });

  test("goes from one uncovered place to the next by key and back", async () => {
    await openFile(pricePath);
    const visited: (string | null)[] = [];
    for (const key of ["n", "n", "n", "n", "p"]) {
      await page.keyboard.press(key);
      visited.push(await page.locator(".row.now").getAttribute("id"));
    }
    expect(visited).toEqual(["L13", "L14", "L19", "L26", "L19"]);
  });

  test("shows a hostile source and name as text and runs none of it", async () => {
    await open("index.html");
    await page.getByRole("link", { name: "forged.js" }).first().click();
    await page.waitForSelector(".source");
    const shown = await page.locator(".row .text").allTextContents();
    const source = hostile.source.trimEnd().split("\n");
    expect(shown[0]).toBe(source[0]);
    // Marks that turn the writing direction are spelled out, all else is as in the source.
    expect(shown[2]).toBe(source[2]?.replace("\u202e", "\\u202e").replace("\u2066", "\\u2066"));
    expect(await page.locator("img, .source script").count()).toBe(0);
    expect(await page.title()).toContain("src/<script>alert(1)</script>/");
    expect(complaints).toEqual([]);
  });
});

test("cobertura.xml is well-formed XML with every file's own name and lines", async () => {
  await open("index.html");
  const xml = await readFile(path.join(folder, "cobertura.xml"), "utf8");
  const read = await page.evaluate(`(() => {
    const document = new DOMParser().parseFromString(${JSON.stringify(xml)}, "application/xml");
    const classes = [...document.querySelectorAll("class")];
    return {
      error: document.querySelector("parsererror")?.textContent ?? "",
      files: classes.map((element) => element.getAttribute("filename")),
      missed: classes.map((element) => element.querySelectorAll(":scope > lines > line[hits='0']").length),
      rate: document.documentElement.getAttribute("line-rate"),
    };
  })()`);
  expect(read).toEqual({
    error: "",
    files: sampleFiles.map((file) => visibleText(file.path)).sort(),
    missed: [0, 0, 1, 4, 1],
    rate: "0.7142",
  });
});

test("only the two files of the report may run or style, even if markup got in", async () => {
  await open("index.html");
  await page.evaluate(`
    document.body.insertAdjacentHTML("beforeend", "<img src=x onerror=\\"document.title='owned'\\">");
    const script = document.createElement("script");
    script.textContent = "document.title = 'owned'";
    document.body.append(script);
  `);
  expect(await page.title()).not.toBe("owned");
  expect(complaints.join("\n")).toContain("Content Security Policy");
});
