// Runs the same events against the app instrumented by Istanbul and writes its counters.
// argv: instrumented entry, events file, output file, options JSON {settleMs}
const fs = require("node:fs");
const { runEvents } = require("./run-events.cjs");

const [entry, eventsFile, output, optionsText = "{}"] = process.argv.slice(2);
const { settleMs } = JSON.parse(optionsText);

runEvents(entry, JSON.parse(fs.readFileSync(eventsFile, "utf8")), settleMs).then((results) => {
  fs.writeFileSync(output, JSON.stringify({ coverage: globalThis.__coverage__, results }));
});
