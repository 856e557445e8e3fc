/**
 * A server on 127.0.0.1 is in reach of every web page that its user looks at: by a form or a script of another origin,
 * and by a name of the page's own that resolves to this machine (DNS rebinding). Neither the AWS CLI nor an SDK sends
 * an Origin, and both name the host that they were given.
 */
import type { IncomingHttpHeaders } from "node:http";

const loopback = /^(?:127(?:\.\d{1,3}){3}|\[::1\]|(?:[a-z0-9-]+\.)*localhost)(?::\d{1,5})?$/i;

/** Why the request is none of this machine's tools', or undefined. */
export function foreignRequest({ host, origin }: IncomingHttpHeaders): string | undefined {
  if (host !== undefined && !loopback.test(host)) return `the host ${host} is not this machine`;
  if (origin !== undefined) return `it comes from a web page (${origin})`;
  return undefined;
}
