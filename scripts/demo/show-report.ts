import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { spotlight } from "../../examples/orders/events.ts";
import { findRequest } from "../../src/cli/request-files.ts";
import { processTerminal } from "../../src/cli/terminal.ts";
import { renderUnique } from "../../src/cli/unique-text.ts";
import { combine } from "../../src/combine/index.ts";
import type { LocalS3 } from "../../src/local/index.ts";
import { renderText, reportableMap, reportModel, writeReports } from "../../src/report/index.ts";
import { uniqueCoverage } from "../../src/report/unique.ts";
import { type OpenedStore, openStore } from "../../src/store/open-store.ts";
import { folder, root, version } from "./places.ts";
import type { Answer } from "./run-flows.ts";
import { heading, step } from "./steps.ts";

const { out } = processTerminal();

export async function showReport(s3: LocalS3, answers: readonly Answer[], requests: number): Promise<void> {
  const opened = await openDemoBucket(s3);
  const result = await step("combine", async (progress) => {
    const combined = await combine({
      ...opened,
      root,
      onProgress: ({ processed }) => progress(`${processed} coverage files`),
    });
    if (combined.filesProcessed < requests) {
      throw new Error(`only ${combined.filesProcessed} coverage files of ${requests} requests arrived`);
    }
    return { value: combined, done: `${combined.filesProcessed} coverage files` };
  });
  const model = reportModel(result, {
    location: `${opened.store.location}/${opened.prefix}`,
    generatedAt: new Date(),
  });
  const reports = await step("write reports", async () => {
    const coverageMap = reportableMap(result.coverageMap, true);
    const written = await writeReports(
      { model, coverageMap, result, version },
      { directory: join(folder, "report"), formats: ["html", "lcov", "json"] },
    );
    return { value: written, done: written.map(({ format }) => format).join(", ") };
  });

  heading("What ran in the deployed functions, by original source");
  out.write(`\n${renderText(model, { colour: out.colour, width: out.width, maxItems: 12 })}`);
  await printSpotlight(opened, answers);
  const html = reports.find(({ format }) => format === "html")?.file ?? "";
  heading("The same in your browser");
  out.write(`  ${pathToFileURL(html)}\n`);
  heading("Look further into the bucket, which is a folder here");
  out.write("  npm run --silent lambda-coverage -- combine .demo/s3/demo-coverage\n");
  checkTotals(model.totals.statements);
}

/** As `lambda-coverage combine s3://demo-coverage/coverage/` would, with the server's address and credentials. */
async function openDemoBucket(s3: LocalS3): Promise<OpenedStore> {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    AWS_REGION: s3.region,
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
  });
  return openStore("s3://demo-coverage/coverage/");
}

/** As `lambda-coverage unique … --request <id>` does. */
async function printSpotlight(opened: OpenedStore, answers: readonly Answer[]): Promise<void> {
  const request = answers.find((answer) => answer.step.title === spotlight)?.result.requestId;
  if (request === undefined) throw new Error(`no request "${spotlight}" was sent`);
  const { keys, holding } = await findRequest(opened, request);
  const own = holding.map(({ key }) => key);
  const rest = keys.filter((key) => !own.includes(key));
  const one = await combine({ ...opened, root, keys: own });
  const others = await combine({ ...opened, root, keys: rest });
  const files = uniqueCoverage({ of: one, others });
  if (files.length === 0) throw new Error(`"${spotlight}" ran nothing that no other request ran`);
  heading(`What the request "${spotlight}" ran and no other did`);
  out.write(`\n${renderUnique({ request, holding, otherFiles: rest.length, files }, out)}`);
}

function checkTotals({ covered, total }: { covered: number; total: number }): void {
  if (covered > 0 && covered < total) return;
  throw new Error(`${covered} of ${total} statements ran: a demo of this service never has none or all`);
}
