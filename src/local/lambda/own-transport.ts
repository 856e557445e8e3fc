/**
 * What stands in for the runtime client's addon where none is built. The real client's JavaScript loads
 * `./rapid-client.node`; Node.js takes a folder of that name too, so this is its index.js, and not a line of
 * the client is changed. As in the addon, `done` and `error` block until the Runtime API has answered and
 * `next` holds one thread of the pool; frames (32-bit length, JSON) go over a socket that the sandbox's
 * process inherits, to the same handlers as the Runtime API's HTTP requests.
 */
export const channelFd = 3;

export const ownTransportSource = `"use strict";
const fs = require("node:fs");
const fd = ${channelFd};
function send(message) {
  const body = Buffer.from(JSON.stringify(message));
  const frame = Buffer.allocUnsafe(4 + body.length);
  frame.writeUInt32BE(body.length, 0);
  body.copy(frame, 4);
  for (let at = 0; at < frame.length; ) at += fs.writeSync(fd, frame, at);
}
function readSync(length) {
  const buffer = Buffer.allocUnsafe(length);
  for (let at = 0; at < length; ) {
    const count = fs.readSync(fd, buffer, at, length - at, null);
    if (count === 0) throw new Error("The Runtime API has gone");
    at += count;
  }
  return buffer;
}
function read(length, done) {
  const buffer = Buffer.allocUnsafe(length);
  let at = 0;
  const more = () => {
    if (at === length) return done(null, buffer);
    fs.read(fd, buffer, at, length - at, null, (error, count) => {
      if (error || count === 0) return done(error || new Error("Failed to get next invocation, error -1"));
      at += count;
      more();
    });
  };
  more();
}
function call(message) {
  send(message);
  readSync(readSync(4).readUInt32BE(0));
  return null;
}
exports.done = (id, body) => call({ op: "done", id, body });
exports.error = (id, body, xray) => call({ op: "error", id, body, xray });
exports.next = () =>
  new Promise((resolve, reject) => {
    send({ op: "next" });
    read(4, (error, head) => {
      if (error) return reject(error);
      read(head.readUInt32BE(0), (failure, body) => {
        if (failure) return reject(failure);
        resolve(JSON.parse(body.toString()));
      });
    });
  });
`;
