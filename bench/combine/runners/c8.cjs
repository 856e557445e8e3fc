// c8's own report command, with the peak memory on stdout. argv: dumps, entry, report folder.
const path = require("node:path");
const { Report } = require("c8");

const [tempDirectory, entry, reportsDirectory] = process.argv.slice(2);
process.chdir(path.dirname(entry));
const report = Report({
  tempDirectory,
  reportsDirectory,
  reporter: ["json", "lcovonly"],
  resolve: "",
  src: [path.dirname(entry)],
  include: [],
  exclude: ["nothing"],
  extension: [".js", ".ts"],
  excludeNodeModules: false,
  allowExternal: true,
  omitRelative: false,
  wrapperLength: 0,
  all: false,
  skipFull: false,
  mergeAsync: false,
});
report.run().then(() => process.stdout.write(JSON.stringify({ usage: process.resourceUsage() })));
