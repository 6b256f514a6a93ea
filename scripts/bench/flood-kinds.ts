import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { encodeClassicFrame } from '../../src/protocol/classic/classic-encoder.ts';
import { headerBytes } from '../../src/protocol/wire2/message.ts';
import { encodeFrameHead, encodeMessage } from '../../src/protocol/wire2/message-encoder.ts';
import { tinyJpeg } from '../../test/support/jpeg.ts';

/** Where a flood goes, from which address, and until when. */
export interface FloodTarget {
  readonly port: number;
  readonly pagePort: number;
  /** Of this machine: the other end sees it. */
  readonly address: string;
  readonly stop: AbortSignal;
}

export interface FloodKind {
  /** What the receiver is started with besides. */
  readonly receiver?: 'TLS' | 'token';
  run(target: FloodTarget): Promise<unknown>;
}

const connections = 20;
const burstConnections = 45;
const burstJpegs = 400;
const burstPauseMs = 200;
const block = 64 * 1024;
/** Between two connections in one place, so that the flood costs the receiver more than the one who makes it. */
const pauseMs = 1;
const jpeg = tinyJpeg(16, 16, 10);
const encoder = new TextEncoder();

/** Every way to keep a receiver busy that is known so far. */
export const floodKinds: Readonly<Record<string, FloodKind>> = {
  'half-open connections': { run: (target) => visit(target, 60, async (socket) => void (await closed(socket))) },
  'connections reset at once': {
    run: (target) => visit(target, connections, async (socket) => void socket.resetAndDestroy()),
  },
  'garbage bytes': { run: (target) => visit(target, connections, (socket) => send(socket, randomBytes(300))) },
  'TLS handshakes': { receiver: 'TLS', run: shakeHands },
  'refused tokens': {
    receiver: 'token',
    run: (target) => visit(target, 60, (socket) => send(socket, hello('stranger', 'wrong'))),
  },
  'slow heads': { run: (target) => visit(target, connections, sendByteByByte) },
  'tiny JPEGs over TCP': { run: (target) => pour(target, () => ({ next: repeat(jpeg) })) },
  'bursts of tiny JPEGs': { run: (target) => burst(target) },
  'tiny JPEGs over HTTP': {
    run: (target) => pour(target, (i) => ({ head: chunkedHead(i), next: repeat(asChunk(fill(jpeg))) })),
  },
  'HTTP chunks of one byte': {
    run: (target) => pour(target, (i) => ({ head: chunkedHead(i), next: repeat(inChunksOfOne(jpeg)) })),
  },
  'pipelined posts': { run: (target) => pour(target, (i) => ({ next: repeat(put(`flood-${i}`)) })) },
  'new names': { run: (target) => pour(target, (i) => ({ next: () => newNames(i) }), 4) },
  'tiny FRAMs': { run: (target) => pour(target, (i) => ({ head: hello(`flood-${i}`), next: risingFrames() })) },
  'FRAMs that came before': {
    run: (target) => pour(target, (i) => ({ head: hello(`flood-${i}`), next: repeat(frameMessage(1)) })),
  },
  'times to and fro': { run: (target) => pour(target, (i) => ({ head: hello(`flood-${i}`), next: swingingFrames() })) },
  'unasked pongs': { run: (target) => pour(target, (i) => ({ head: hello(`flood-${i}`), next: repeat(pong()) })) },
  'messages to skip': {
    run: (target) => pour(target, (i) => ({ head: hello(`flood-${i}`), next: repeat(optionalMessage()) })),
  },
  'tiny classic frames': {
    run: (target) => pour(target, () => ({ next: repeat(encodeClassicFrame(picture)) })),
  },
  'torn JPEGs': { run: (target) => pour(target, () => ({ next: repeat(tornJpeg(8 * 2 ** 20)) })) },
  'page requests': { run: (target) => askForPage(target, 1) },
  'pipelined page requests': { run: (target) => askForPage(target, 1000) },
};

const picture = { jpeg, width: 16, height: 16, capturedAtUs: 0, capturedMonotonicUs: 0 };

interface Pouring {
  readonly head?: Uint8Array;
  next(): Uint8Array;
}

/** Sends as much as is taken, over so many connections that come back when they are ended. */
async function pour(target: FloodTarget, begin: (i: number) => Pouring, count = connections): Promise<void> {
  await visit(target, count, async (socket, i) => {
    const { head, next } = begin(i);
    if (head !== undefined) socket.write(head);
    while (!socket.destroyed && socket.writable && !target.stop.aborted) await send(socket, next());
  });
}

/** Many that sleep and come all at once: none of them has had much lately. */
async function burst(target: FloodTarget): Promise<void> {
  const bytes = Buffer.concat(Array.from({ length: burstJpegs }, () => jpeg));
  await visit(target, burstConnections, async (socket) => {
    while (!socket.destroyed && socket.writable && !target.stop.aborted) {
      await send(socket, bytes);
      await delay(burstPauseMs - (Date.now() % burstPauseMs));
    }
  });
}

/** Keeps so many connections open, one after another in each place. */
async function visit(
  { port, address, stop }: FloodTarget,
  count: number,
  say: (socket: Socket, i: number) => Promise<void>,
): Promise<void> {
  const keep = async (i: number) => {
    while (!stop.aborted) {
      const socket = connect({ port, host: '127.0.0.1', localAddress: address });
      await use(socket, stop, () => say(socket, i));
    }
  };
  await Promise.all(Array.from({ length: count }, (_, i) => keep(i)));
}

async function use(socket: Socket, stop: AbortSignal, say: () => Promise<void>): Promise<void> {
  const end = () => socket.destroy();
  stop.addEventListener('abort', end);
  socket.on('error', () => undefined);
  socket.resume();
  const isThere = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('close', () => resolve(false));
  });
  if (isThere) await say();
  end();
  stop.removeEventListener('abort', end);
  await delay(pauseMs);
}

/** Resolves when the kernel has taken it, or the connection is gone. */
function send(socket: Socket, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) resolve();
    else socket.write(bytes, () => resolve());
  });
}

function closed(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => socket.once('close', resolve));
}

async function shakeHands({ port, address, stop }: FloodTarget): Promise<void> {
  const keep = async () => {
    while (!stop.aborted) {
      const below = connect({ port, host: '127.0.0.1', localAddress: address });
      const socket = connectTls({ socket: below, rejectUnauthorized: false });
      below.on('error', () => undefined);
      socket.on('error', () => undefined);
      const end = () => below.destroy();
      stop.addEventListener('abort', end);
      await new Promise((resolve) => void socket.once('secureConnect', resolve).once('close', resolve));
      below.destroy();
      stop.removeEventListener('abort', end);
      await delay(pauseMs);
    }
  };
  await Promise.all(Array.from({ length: connections }, keep));
}

async function sendByteByByte(socket: Socket): Promise<void> {
  socket.setNoDelay(true);
  const head = encoder.encode(`POST /slow HTTP/1.1\r\nX: ${'x'.repeat(8000)}`);
  for (let i = 0; i < head.length && !socket.destroyed; i++) {
    await send(socket, head.subarray(i, i + 1));
    await delay(1);
  }
}

async function askForPage({ pagePort, address, stop }: FloodTarget, atOnce: number): Promise<void> {
  const request = encoder.encode('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(atOnce));
  await visit({ port: pagePort, pagePort, address, stop }, connections, async (socket) => {
    while (!socket.destroyed && !stop.aborted) {
      const answered = new Promise((resolve) => void socket.once('data', resolve).once('close', resolve));
      await send(socket, request);
      await answered;
    }
  });
}

function repeat(part: Uint8Array): () => Uint8Array {
  const bytes = fill(part);
  return () => bytes;
}

/** As often as it fits into a block. */
function fill(part: Uint8Array): Uint8Array {
  return Buffer.concat(Array.from({ length: Math.max(1, Math.floor(block / part.length)) }, () => part));
}

function hello(name: string, token = ''): Uint8Array {
  const stream = `${name}-${Math.random().toString(36).slice(2, 10)}`;
  const who = { stream, name, delivery: 'latest', keepAliveMs: 10_000 } as const;
  return encodeMessage({ type: 'HELO', ...who, token: encoder.encode(token) });
}

function frameMessage(sequence: number, capturedAtUs = Date.now() * 1000): Uint8Array {
  return Buffer.concat([encodeFrameHead({ ...picture, capturedAtUs, sequence }), jpeg]);
}

/** Each block with numbers above those of the one before. */
function risingFrames(): () => Uint8Array {
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
function swingingFrames(): () => Uint8Array {
  let sequence = 0;
  const next = () => frameMessage(++sequence, (Date.now() + (sequence % 2) * 3_600_000) * 1000);
  return () => Buffer.concat(Array.from({ length: 200 }, next));
}

function pong(): Uint8Array {
  const times = { sentUs: 1, remoteReceivedUs: 2, remoteSentUs: 3, remoteWallUs: 4 };
  return encodeMessage({ type: 'pong', ...times });
}

function optionalMessage(): Uint8Array {
  return Uint8Array.of(0xab, 0x49, 0x53, 2, ...encoder.encode('skip'), 0, 0, 0, 0);
}

function chunkedHead(i: number): Uint8Array {
  return encoder.encode(`POST /flood-${i} HTTP/1.1\r\nHost: pc\r\nTransfer-Encoding: chunked\r\n\r\n`);
}

function asChunk(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([encoder.encode(`${bytes.length.toString(16)}\r\n`), bytes, encoder.encode('\r\n')]);
}

function inChunksOfOne(bytes: Uint8Array): Uint8Array {
  return Buffer.concat(Array.from(bytes, (byte) => asChunk(Uint8Array.of(byte))));
}

function put(name: string): Uint8Array {
  return Buffer.concat([
    encoder.encode(`PUT /${name} HTTP/1.1\r\nHost: pc\r\nContent-Length: ${jpeg.length}\r\n\r\n`),
    jpeg,
  ]);
}

let names = 0;

function newNames(i: number): Uint8Array {
  return Buffer.concat(Array.from({ length: 100 }, () => put(`new-${i}-${++names}`)));
}

/** Segments that each look like the beginning of another, and no end. */
function tornJpeg(bytes: number): Uint8Array {
  const torn = new Uint8Array(bytes);
  torn.set(jpeg.subarray(0, -2));
  const segment = Uint8Array.of(0xff, 0xe1, 0xff, 0xff);
  for (let at = 2; at + 70_000 < bytes; at += 0xffff + 2) torn.set(segment, at);
  return torn;
}
