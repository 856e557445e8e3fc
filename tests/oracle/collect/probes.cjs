// Runs the same events against the app's probed copy and writes its counters.
// argv: probed entry, events file, output file, options JSON {settleMs, probes: counters of the copy's slice}
const fs = require("node:fs");
const { runEvents } = require("./run-events.cjs");

const [entry, eventsFile, output, optionsText = "{}"] = process.argv.slice(2);
const { settleMs, probes } = JSON.parse(optionsText);
const counts = new Uint32Array(new SharedArrayBuffer(4 * probes));
Object.defineProperty(globalThis, "__lambdaCoverageProbes", { value: () => counts });

runEvents(entry, JSON.parse(fs.readFileSync(eventsFile, "utf8")), { settleMs }).then((results) => {
  fs.writeFileSync(output, JSON.stringify({ counts: [...counts], results }));
});
