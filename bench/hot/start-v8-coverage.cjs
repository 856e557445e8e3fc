// V8's own cost of block coverage, without any agent: the session that it takes, and nothing else.
const { Session } = require("node:inspector");

const session = new Session();
session.connect();
session.post("Profiler.enable");
session.post("Profiler.startPreciseCoverage", { detailed: true, callCount: true });
