import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import type { AddressInfo, LookupFunction } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createNameLookup, parseHosts } from "./name-lookup.ts";

let dns: Socket | undefined;
afterEach(() => dns?.close());

/** A name server that knows these records; says NXDOMAIN of all others. RFC 1035, section 4. */
async function startNameServer(records: Record<string, { a?: string; aaaa?: Buffer }>): Promise<string> {
  dns = createSocket("udp4");
  dns.on("message", (query, from) => {
    const labels: string[] = [];
    let at = 12;
    for (let length = query[at] as number; length > 0; length = query[at] as number) {
      labels.push(query.toString("latin1", at + 1, at + 1 + length));
      at += length + 1;
    }
    const type = query.readUInt16BE(at + 1);
    const record = records[labels.join(".").toLowerCase()];
    const data =
      type === 1 && record?.a !== undefined
        ? Buffer.from(record.a.split(".").map(Number))
        : type === 28
          ? record?.aaaa
          : undefined;
    const head = Buffer.from(query.subarray(0, 12));
    head.writeUInt16BE(record === undefined ? 0x8183 : 0x8180, 2);
    head.writeUInt16BE(data === undefined ? 0 : 1, 6);
    head.fill(0, 8, 12);
    const question = query.subarray(12, at + 5);
    const answer =
      data === undefined ? [] : [Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length]), data];
    dns?.send(Buffer.concat([head, question, ...answer]), from.port, from.address);
  });
  dns.bind(0, "127.0.0.1");
  await once(dns, "listening");
  return `127.0.0.1:${(dns.address() as AddressInfo).port}`;
}

function lookUp(lookup: LookupFunction, name: string): Promise<unknown> {
  return new Promise((resolve, reject) =>
    lookup(name, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses))),
  );
}

const ipv6 = Buffer.from("20010db8000000000000000000000001", "hex");

test("IPv4 from the name server; both, IPv6 first, for dual-stack hosts and where there is no IPv4", async () => {
  const server = await startNameServer({
    "b.s3.eu-west-1.amazonaws.com": { a: "192.0.2.1", aaaa: ipv6 },
    "b.s3.dualstack.eu-west-1.amazonaws.com": { a: "192.0.2.2", aaaa: ipv6 },
    "only6.example": { aaaa: ipv6 },
  });
  const lookup = createNameLookup(new Map(), [server]);
  expect(await lookUp(lookup, "b.s3.eu-west-1.amazonaws.com")).toEqual([{ address: "192.0.2.1", family: 4 }]);
  expect(await lookUp(lookup, "b.s3.dualstack.eu-west-1.amazonaws.com")).toEqual([
    { address: "2001:db8::1", family: 6 },
    { address: "192.0.2.2", family: 4 },
  ]);
  expect(await lookUp(lookup, "only6.example")).toEqual([{ address: "2001:db8::1", family: 6 }]);
});

test("the hosts file wins, IPv4 first; what only the system knows is asked of it", async () => {
  const server = await startNameServer({});
  const lookup = createNameLookup(parseHosts("::1 Store.local # ours\n\n10.0.0.1\tstore.local other"), [
    server,
  ]);
  expect(await lookUp(lookup, "store.local")).toEqual([
    { address: "10.0.0.1", family: 4 },
    { address: "::1", family: 6 },
  ]);
  expect(await lookUp(lookup, "OTHER")).toEqual([{ address: "10.0.0.1", family: 4 }]);
  expect(await lookUp(lookup, "localhost")).toContainEqual({ address: "127.0.0.1", family: 4 });
  await expect(lookUp(lookup, "no-such-host.invalid")).rejects.toMatchObject({
    code: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/),
  });
});
