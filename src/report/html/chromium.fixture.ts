/** A real browser for the tests: Debian's chromium, or the one CHROMIUM names. */
import { type Browser, chromium } from "playwright-core";
import { chromiumPath } from "../../../scripts/machine/needs.ts";

export async function launchChromium(): Promise<Browser> {
  const executablePath = chromiumPath();
  if (executablePath === undefined) throw new Error("no chromium: `npm run machine` says what brings it");
  return chromium.launch({
    executablePath,
    // Chromium refuses its sandbox to root, which containers are.
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });
}
