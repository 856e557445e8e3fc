// Loads an app and hands it its events, one after another. `note(index)` is called after load, with -1, and after each.
const { pathToFileURL } = require("node:url");

exports.runEvents = async (entry, events, { settleMs = 20, note = () => undefined } = {}) => {
  const loaded = /\.mjs$/.test(entry) ? await import(pathToFileURL(entry)) : require(entry);
  note(-1);
  const results = [];
  for (const [index, event] of events.entries()) {
    try {
      const handler = loaded.handler ?? loaded.default?.handler ?? loaded.default;
      results.push({ ok: await handler(event, { awsRequestId: "request" }) });
    } catch (error) {
      results.push({ error: String(error?.message ?? error) });
    }
    note(index);
  }
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  return results;
};
