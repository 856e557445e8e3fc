import { coverageHandler } from "lambda-coverage-layer";

interface GreetingEvent {
  name?: string;
  language?: "en" | "de" | "fr";
}

const greetings = { en: "Hello", de: "Hallo", fr: "Bonjour" };

/** `coverageHandler` takes the handler as it is and gives the same handler back, counted. */
export const handler = coverageHandler(async (event: GreetingEvent) => {
  const greeting = greetings[event.language ?? "en"];
  if (greeting === undefined) {
    return { statusCode: 400, body: JSON.stringify({ error: `unknown language ${event.language}` }) };
  }
  return { statusCode: 200, body: JSON.stringify({ message: `${greeting}, ${event.name ?? "World"}!` }) };
});
