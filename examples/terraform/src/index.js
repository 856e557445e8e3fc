const rates = { parcel: 450, letter: 120 };

exports.handler = async ({ kind, grams }) => {
  const rate = rates[kind];
  if (rate === undefined) return { statusCode: 400, body: JSON.stringify({ error: `no rate for ${kind}` }) };
  const surcharge = grams > 2000 ? 300 : 0;
  return { statusCode: 200, body: JSON.stringify({ cents: rate + surcharge }) };
};
