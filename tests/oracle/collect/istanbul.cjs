// Runs the same events against the app instrumented by Istanbul and writes its counters: at the end, and as they were
// after load and where v8.cjs takes its snapshots.
// argv: instrumented entry, events file, output file, options JSON {eventsPerSnapshot}
const fs = require("node:fs");
const { pathToFileURL } = require("node:url");

const [entry, eventsFile, output, optionsText = "{}"] = process.argv.slice(2);
const options = JSON.parse(optionsText);
const events = JSON.parse(fs.readFileSync(eventsFile, "utf8"));

async function main() {
  const loaded = /\.mjs$/.test(entry) ? await import(pathToFileURL(entry)) : require(entry);
  const results = [];
  const moments = [];
  const note = () => moments.push(JSON.parse(JSON.stringify(globalThis.__coverage__)));
  note();
  for (const [index, event] of events.entries()) {
    try {
      const handler = loaded.handler ?? loaded.default?.handler ?? loaded.default;
      results.push({ ok: await handler(event, { awsRequestId: "request" }) });
    } catch (error) {
      results.push({ error: String(error?.message ?? error) });
    }
    if ((index + 1) % options.eventsPerSnapshot === 0) note();
  }
  await new Promise((resolve) => setTimeout(resolve, options.settleMs ?? 20));
  fs.writeFileSync(output, JSON.stringify({ coverage: globalThis.__coverage__, moments, results }));
}

main();
