import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { encodeClassicFrame } from '../../src/protocol/classic/classic-encoder.ts';
import {
  asChunk,
  chunkedHead,
  fill,
  frameMessage,
  hello,
  inChunksOfOne,
  jpeg,
  newNames,
  optionalMessage,
  picture,
  pong,
  put,
  repeat,
  risingFrames,
  swingingFrames,
  tornJpeg,
} from './flood-bytes.ts';

/** Where a flood goes, from which address, and until when. */
export interface FloodTarget {
  readonly port: number;
  readonly pagePort: number;
  /** Of this machine: the other end sees it. */
  readonly address: string;
  readonly stop: AbortSignal;
}

export interface FloodKind {
  /** The protection that the receiver is started with, if any. */
  readonly receiver?: 'TLS' | 'token';
  run(target: FloodTarget): Promise<unknown>;
}

const connections = 20;
const burstConnections = 45;
const burstJpegs = 400;
const burstPauseMs = 200;
/** The time between two connections in one place, so that the flood costs the receiver more than the client. */
const pauseMs = 1;
const encoder = new TextEncoder();

/** Every way to keep a receiver busy that is known so far. */
export const floodKinds: Readonly<Record<string, FloodKind>> = {
  'half-open connections': { run: (target) => visit(target, 60, async (socket) => void (await closed(socket))) },
  'connections reset at once': {
    run: (target) => visit(target, connections, async (socket) => void socket.resetAndDestroy()),
  },
  'garbage bytes': { run: (target) => visit(target, connections, (socket) => send(socket, randomBytes(300))) },
  'TLS handshakes': { receiver: 'TLS', run: shakeHands },
  'wrong tokens': {
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
