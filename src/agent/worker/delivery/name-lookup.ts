/**
 * Host names without the thread pool: `dns.lookup` (getaddrinfo) waits for a pool thread, and with
 * UV_THREADPOOL_SIZE=1 the runtime's native `/next` holds the only one. c-ares runs on the event loop.
 * Numeric hosts never come here; node:net connects to them straight.
 */
import { lookup, Resolver } from "node:dns";
import { readFileSync } from "node:fs";
import type { LookupFunction } from "node:net";

interface Address {
  address: string;
  family: 4 | 6;
}

const queryTimeoutMs = 400;
const hostsFile = "/etc/hosts";

/** `servers`: name servers in place of the system's. */
export function createNameLookup(hosts = parseHosts(readHosts()), servers?: string[]): LookupFunction {
  const resolver = new Resolver({ timeout: queryTimeoutMs, tries: 2 });
  if (servers !== undefined) resolver.setServers(servers);
  return (hostname, options, callback) => {
    const answer = (addresses: Address[]): void => {
      const [first] = addresses;
      if (options.all === true || first === undefined) callback(null, addresses);
      else callback(null, first.address, first.family);
    };
    const local = hosts.get(hostname.toLowerCase());
    if (local !== undefined) return answer(local);
    resolveName(resolver, hostname, (addresses) => {
      if (addresses.length > 0) return answer(addresses);
      // Names only getaddrinfo knows (search domains, other sources). Bounded by the connect timeout.
      lookup(hostname, options, callback as never);
    });
  };
}

/** IPv4 first: S3's plain hosts have nothing else. IPv6 too for dual-stack ones, or where there is no IPv4. */
function resolveName(resolver: Resolver, hostname: string, done: (addresses: Address[]) => void): void {
  const dualStack = hostname.includes(".dualstack.");
  resolver.resolve4(hostname, (_noIpv4, ipv4 = []) => {
    const found = ipv4.map((address): Address => ({ address, family: 4 }));
    if (found.length > 0 && !dualStack) return done(found);
    resolver.resolve6(hostname, (_noIpv6, ipv6 = []) => {
      done([...ipv6.map((address): Address => ({ address, family: 6 })), ...found]);
    });
  });
}

function readHosts(): string {
  try {
    return readFileSync(hostsFile, "utf8");
  } catch {
    // No hosts file, as in minimal images.
    return "127.0.0.1 localhost";
  }
}

/** c-ares' `resolve` calls do not read the hosts file. */
export function parseHosts(text: string): Map<string, Address[]> {
  const hosts = new Map<string, Address[]>();
  for (const line of text.split("\n")) {
    const [address, ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
    if (address === undefined || address === "") continue;
    const entry: Address = { address, family: address.includes(":") ? 6 : 4 };
    for (const name of names.map((each) => each.toLowerCase())) {
      hosts.set(
        name,
        [...(hosts.get(name) ?? []), entry].sort((a, b) => a.family - b.family),
      );
    }
  }
  return hosts;
}
