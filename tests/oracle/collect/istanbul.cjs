// Runs the same events against the app instrumented by Istanbul and writes its counters: at the end, and as they were
// after load and where v8.cjs takes its snapshots.
// argv: instrumented entry, events file, output file, options JSON {settleMs, eventsPerSnapshot}
const fs = require("node:fs");
const { runEvents } = require("./run-events.cjs");

const [entry, eventsFile, output, optionsText = "{}"] = process.argv.slice(2);
const { settleMs, eventsPerSnapshot } = JSON.parse(optionsText);

const moments = [];
const note = (index) => {
  if ((index + 1) % eventsPerSnapshot === 0)
    moments.push(JSON.parse(JSON.stringify(globalThis.__coverage__)));
};
runEvents(entry, JSON.parse(fs.readFileSync(eventsFile, "utf8")), { settleMs, note }).then((results) => {
  fs.writeFileSync(output, JSON.stringify({ coverage: globalThis.__coverage__, moments, results }));
});
