// Runs the same events against the app's probed copies and writes their counters: at the end, and as they were after load
// and where v8.cjs takes its snapshots.
// argv: probed entry, events file, output file, options JSON {settleMs, eventsPerSnapshot, probes: counters of each slice}
const fs = require("node:fs");
const { runEvents } = require("./run-events.cjs");

const [entry, eventsFile, output, optionsText = "{}"] = process.argv.slice(2);
const { settleMs, eventsPerSnapshot = Number.POSITIVE_INFINITY, probes } = JSON.parse(optionsText);
const slices = probes.map((count) => new Uint32Array(new SharedArrayBuffer(4 * count)));
const counts = () => slices.map((slice) => [...slice]);
Object.defineProperty(globalThis, "__lambdaCoverageProbes", { value: (slice) => slices[slice] });

const moments = [];
const note = (index) => {
  if ((index + 1) % eventsPerSnapshot === 0) moments.push(counts());
};
runEvents(entry, JSON.parse(fs.readFileSync(eventsFile, "utf8")), { settleMs, note }).then((results) => {
  moments.push(counts());
  fs.writeFileSync(output, JSON.stringify({ moments, results }));
});
