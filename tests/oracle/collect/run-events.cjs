// Loads an app and hands it its events, one after another.
const { pathToFileURL } = require("node:url");

exports.runEvents = async (entry, events, settleMs = 20) => {
  const loaded = /\.mjs$/.test(entry) ? await import(pathToFileURL(entry)) : require(entry);
  const results = [];
  for (const event of events) {
    try {
      const handler = loaded.handler ?? loaded.default?.handler ?? loaded.default;
      results.push({ ok: await handler(event, { awsRequestId: "request" }) });
    } catch (error) {
      results.push({ error: String(error?.message ?? error) });
    }
  }
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  return results;
};
