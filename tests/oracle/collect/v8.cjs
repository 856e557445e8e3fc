// Runs an app's events under V8's precise coverage, as the agent does, and writes every snapshot.
// argv: entry, events file (JSON list), output file, options JSON {granularity, eventsPerSnapshot, late}
const { Session } = require("node:inspector");
const fs = require("node:fs");
const path = require("node:path");
const { pathToFileURL } = require("node:url");

const [entry, eventsFile, output, optionsText = "{}"] = process.argv.slice(2);
const options = { granularity: "block", eventsPerSnapshot: 5, late: false, ...JSON.parse(optionsText) };
const events = JSON.parse(fs.readFileSync(eventsFile, "utf8"));
const root = path.dirname(entry);
const session = new Session();
session.connect();

function call(method, parameters) {
  let answer;
  session.post(method, parameters, (error, result) => {
    if (error) throw new Error(`${method}: ${error.message}`);
    answer = result;
  });
  return answer;
}

function start() {
  call("Profiler.enable");
  const block = options.granularity === "block";
  call("Profiler.startPreciseCoverage", { callCount: block, detailed: block });
}

const snapshots = [];
function take() {
  const { result } = call("Profiler.takePreciseCoverage");
  const urls = [pathToFileURL(root).href, root];
  snapshots.push(result.filter(({ url }) => urls.some((start) => url.startsWith(`${start}/`))));
}

async function main() {
  if (!options.late) start();
  const loaded = /\.mjs$/.test(entry) ? await import(pathToFileURL(entry)) : require(entry);
  if (options.late) start();
  const results = [];
  for (const [index, event] of events.entries()) {
    results.push(await invoke(loaded, event));
    if ((index + 1) % options.eventsPerSnapshot === 0) take();
  }
  await new Promise((resolve) => setTimeout(resolve, options.settleMs ?? 20));
  take();
  fs.writeFileSync(output, JSON.stringify({ snapshots, results }));
}

async function invoke(loaded, event) {
  try {
    const handler = loaded.handler ?? loaded.default?.handler ?? loaded.default;
    return { ok: await handler(event, { awsRequestId: "request" }) };
  } catch (error) {
    return { error: String(error?.message ?? error) };
  }
}

main();
