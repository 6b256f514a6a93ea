import { Buffer } from 'node:buffer';
import { headerBytes } from '../../src/protocol/wire2/message.ts';
import { encodeFrameHead, encodeMessage } from '../../src/protocol/wire2/message-encoder.ts';
import { tinyJpeg } from '../../test/support/jpeg.ts';

const block = 64 * 1024;
const encoder = new TextEncoder();

export const jpeg = tinyJpeg(16, 16, 10);
export const picture = { jpeg, width: 16, height: 16, capturedAtUs: 0, capturedMonotonicUs: 0 };

export function repeat(part: Uint8Array): () => Uint8Array {
  const bytes = fill(part);
  return () => bytes;
}

/** As often as it fits into a block. */
export function fill(part: Uint8Array): Uint8Array {
  return Buffer.concat(Array.from({ length: Math.max(1, Math.floor(block / part.length)) }, () => part));
}

export function hello(name: string, token = ''): Uint8Array {
  const stream = `${name}-${Math.random().toString(36).slice(2, 10)}`;
  const who = { stream, name, delivery: 'latest', keepAliveMs: 10_000 } as const;
  return encodeMessage({ type: 'HELO', ...who, token: encoder.encode(token) });
}

export function frameMessage(sequence: number, capturedAtUs = Date.now() * 1000): Uint8Array {
  return Buffer.concat([encodeFrameHead({ ...picture, capturedAtUs, sequence }), jpeg]);
}

/** Each block with numbers above those of the one before. */
export function risingFrames(): () => Uint8Array {
  const length = frameMessage(1).length;
  const bytes = fill(frameMessage(1));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let sequence = 0;
  return () => {
    for (let at = 0; at < bytes.length; at += length) view.setBigUint64(at + headerBytes, BigInt(++sequence));
    return bytes.slice();
  };
}

/** Each frame captured an hour before or behind the last. */
export function swingingFrames(): () => Uint8Array {
  let sequence = 0;
  const next = () => frameMessage(++sequence, (Date.now() + (sequence % 2) * 3_600_000) * 1000);
  return () => Buffer.concat(Array.from({ length: 200 }, next));
}

export function pong(): Uint8Array {
  const times = { sentUs: 1, remoteReceivedUs: 2, remoteSentUs: 3, remoteWallUs: 4 };
  return encodeMessage({ type: 'pong', ...times });
}

export function optionalMessage(): Uint8Array {
  return Uint8Array.of(0xab, 0x49, 0x53, 2, ...encoder.encode('skip'), 0, 0, 0, 0);
}

export function chunkedHead(i: number): Uint8Array {
  return encoder.encode(`POST /flood-${i} HTTP/1.1\r\nHost: pc\r\nTransfer-Encoding: chunked\r\n\r\n`);
}

export function asChunk(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([encoder.encode(`${bytes.length.toString(16)}\r\n`), bytes, encoder.encode('\r\n')]);
}

export function inChunksOfOne(bytes: Uint8Array): Uint8Array {
  return Buffer.concat(Array.from(bytes, (byte) => asChunk(Uint8Array.of(byte))));
}

export function put(name: string): Uint8Array {
  return Buffer.concat([
    encoder.encode(`PUT /${name} HTTP/1.1\r\nHost: pc\r\nContent-Length: ${jpeg.length}\r\n\r\n`),
    jpeg,
  ]);
}

let names = 0;

export function newNames(i: number): Uint8Array {
  return Buffer.concat(Array.from({ length: 100 }, () => put(`new-${i}-${++names}`)));
}

/** Segments that each look like the beginning of another, and no end. */
export function tornJpeg(bytes: number): Uint8Array {
  const torn = new Uint8Array(bytes);
  torn.set(jpeg.subarray(0, -2));
  const segment = Uint8Array.of(0xff, 0xe1, 0xff, 0xff);
  for (let at = 2; at + 70_000 < bytes; at += 0xffff + 2) torn.set(segment, at);
  return torn;
}
