/**
 * Frames of application/vnd.amazon.eventstream, which InvokeWithResponseStream answers in.
 * https://smithy.io/2.0/aws/amazon-eventstream.html
 */
import { crc32 } from "node:zlib";

const stringType = 7;

export function eventFrame(eventType: string, payload: Uint8Array, contentType: string): Buffer {
  const headers = Buffer.concat([
    stringHeader(":message-type", "event"),
    stringHeader(":event-type", eventType),
    stringHeader(":content-type", contentType),
  ]);
  const frame = Buffer.alloc(12 + headers.length + payload.length + 4);
  frame.writeUInt32BE(frame.length, 0);
  frame.writeUInt32BE(headers.length, 4);
  frame.writeUInt32BE(crc32(frame.subarray(0, 8)), 8);
  headers.copy(frame, 12);
  frame.set(payload, 12 + headers.length);
  frame.writeUInt32BE(crc32(frame.subarray(0, frame.length - 4)), frame.length - 4);
  return frame;
}

function stringHeader(name: string, value: string): Buffer {
  const head = Buffer.from([Buffer.byteLength(name)]);
  const length = Buffer.alloc(3);
  length.writeUInt8(stringType, 0);
  length.writeUInt16BE(Buffer.byteLength(value), 1);
  return Buffer.concat([head, Buffer.from(name), length, Buffer.from(value)]);
}
