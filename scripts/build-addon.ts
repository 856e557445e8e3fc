/** `npm run build:addon`: builds the runtime client's addon into the cache, once per machine. */
import { buildAddon } from "../src/local/lambda/addon.ts";

console.log(await buildAddon());
