import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createFrameQueue } from '../../../src/delivery/create-queue.ts';
import type { FrameQueue } from '../../../src/delivery/frame-queue.ts';
import type { CapturedFrame, Delivery } from '../../../src/protocol/frame.ts';
import { type Incoming, StreamDecoder } from '../../../src/protocol/stream-decoder.ts';
import { encodeMessage } from '../../../src/protocol/wire2/message-encoder.ts';
import { createTcpSender, type TcpSenderOptions } from '../../../src/transport/connect/tcp-sender.ts';
import { makeCaptured } from '../../support/frames.ts';
import { tinyJpeg } from '../../support/jpeg.ts';
import { findFreePort } from '../../support/ports.ts';
import { openClassicServer, openOwn, openTarget, type Target } from '../../support/targets.ts';
import { silentLog } from '../../support/trial-log.ts';

const defaultValue: Omit<TcpSenderOptions, 'port' | 'wire' | 'delivery'> = {
  host: '127.0.0.1',
  connectTimeoutMs: 20_000,
  tls: undefined,
  sendTimeoutMs: 2000,
  idleTimeoutMs: 2000,
  name: 'garden',
  token: new Uint8Array(),
  retries: 1,
  count: 5,
  maxInFlight: 2,
  bufferBytes: 2000,
};
const jpeg = tinyJpeg(64, 48, 500);

/** A file has eight frames; a live source has them until it is stopped. */
async function* film(stop: AbortSignal, isLive: boolean): AsyncGenerator<CapturedFrame> {
  for (let sequence = 1; isLive ? !stop.aborted : sequence <= 8; sequence++) {
    yield { ...makeCaptured(sequence), jpeg, width: 64, height: 48 };
    // Cameras have pauses.
    await sleep(isLive ? 5 : 1);
  }
}

/** Numbers of the frames that went out. */
function watch(queue: FrameQueue): Set<number> {
  const taken = new Set<number>();
  const take = queue.take.bind(queue);
  queue.take = () => {
    const frame = take();
    taken.add(frame.sequence);
    return frame;
  };
  return taken;
}

/** Does with each frame what it is told, on whichever wire it comes. */
function serve(answer: (socket: Socket, sequence: number) => void): (socket: Socket) => void {
  return (socket) => {
    const decoder = new StreamDecoder({ maxFrameBytes: 10_000, maxWidth: 640, maxHeight: 480 });
    let isGreeted = false;
    const take = (incoming: Incoming) => {
      if (incoming.type === 'classic' && incoming.frame.mark === undefined) return;
      if (!isGreeted) say(socket, { type: 'WELC', keepAliveMs: 10_000, sequence: 0 });
      isGreeted = true;
      if (incoming.type === 'FRAM') answer(socket, incoming.frame.sequence);
      if (incoming.type === 'classic') answer(socket, incoming.frame.mark?.sequence ?? 0);
    };
    socket.on('end', () => socket.end());
    socket.on('data', (chunk) => {
      for (const incoming of decoder.decode(chunk)) take(incoming);
    });
  };
}

function say(socket: Socket, message: Parameters<typeof encodeMessage>[0]): void {
  if (socket.writable) socket.write(encodeMessage(message));
}

const acknowledge = (socket: Socket, sequence: number) => say(socket, { type: 'ACKN', sequence, latencyUs: undefined });

/** One that is there once, and then never again. */
async function openOnce(serveOne: (socket: Socket) => void): Promise<Target> {
  let connections = 0;
  return openTarget((socket) => (connections++ === 0 ? serveOne(socket) : socket.resetAndDestroy()));
}

/** The peers that a sender may meet. */
const peers: Record<string, () => Promise<Target>> = {
  'a receiver that takes all': () => openOwn(),
  'a classic server': () => openClassicServer(),
  'a receiver that takes two and goes': () => {
    let taken = 0;
    return openOnce(
      serve((socket, sequence) => {
        if (++taken <= 2) acknowledge(socket, sequence);
        else socket.destroy();
      }),
    );
  },
  'a receiver that is cut off while frames are in flight': () =>
    openOnce((socket) => {
      serve((_, sequence) => sequence === 1 && acknowledge(socket, 1))(socket);
      setTimeout(() => socket.resetAndDestroy(), 400);
    }),
  'a receiver that rejects every other frame': () =>
    openTarget(
      serve((socket, sequence) => {
        if (sequence % 2 === 0) say(socket, { type: 'skip', sequence, code: 'NOT_JPEG', reason: 'It is none' });
        acknowledge(socket, sequence);
      }),
    ),
  'a receiver that answers for none': () => openTarget(serve(() => undefined)),
  'a port that closes at once': () => openTarget((socket) => socket.destroy()),
  nobody: async () => {
    const port = await findFreePort();
    return { port, frames: () => 0, connections: () => 0, [Symbol.asyncDispose]: async () => undefined };
  },
};

const sources = [
  ['a file', 'every', false],
  ['a camera', 'every', true],
  ['a file', 'latest', false],
  ['a camera', 'latest', true],
] as const;
const wires = ['auto', 'classic', '2'] as const;

/** @param stopMs it is told to stop then; undefined: it ends by itself */
async function run(
  port: number,
  { wire, delivery, isLive }: { wire: (typeof wires)[number]; delivery: Delivery; isLive: boolean },
  stopMs?: number,
) {
  const options: TcpSenderOptions = {
    ...defaultValue,
    port,
    wire,
    delivery,
    count: stopMs === undefined ? defaultValue.count : 0,
  };
  const source = new AbortController();
  const queue = createFrameQueue(film(source.signal, isLive), { ...options, isLive });
  const wentOut = watch(queue);
  const sender = createTcpSender(options, queue, silentLog);
  const stop = new AbortController();
  const timer = stopMs === undefined ? undefined : setTimeout(() => stop.abort(), stopMs);
  await sender.run(stop.signal).catch(() => undefined);
  clearTimeout(timer);
  // Frames captured after the end stand in no figure.
  await sleep(20);
  source.abort();
  return { sender, wentOut };
}

describe('each frame that was captured is in one figure of the sender, and in no second one', {
  concurrency: true,
}, () => {
  for (const [what, open] of Object.entries(peers)) {
    for (const stopMs of [undefined, 700]) {
      const end = stopMs === undefined ? 'ends by itself' : 'is told to stop';
      test(`and those may not have arrived that went out and have no answer, when it ${end}: ${what}`, async () => {
        const cells = sources.flatMap(([kind, delivery, isLive]) =>
          wires.map((wire) => ({ kind, delivery, isLive, wire })),
        );
        await Promise.all(
          cells.map(async (cell) => {
            await using target = await open();
            const { sender, wentOut } = await run(target.port, cell, stopMs);
            const { captured, frames, rejected, dropped, unconnected, uncertain, unsent } = sender;
            const stats = { captured, frames, rejected, dropped, unconnected, uncertain, unsent };
            const told = `${JSON.stringify(cell)}: ${JSON.stringify(stats)}`;
            assert.equal(frames + rejected + dropped + uncertain + unsent, captured, told);
            assert.equal(uncertain, wentOut.size - frames - rejected, told);
            assert.ok(unconnected <= dropped, told);
            if (what === 'nobody')
              assert.deepEqual(
                [wentOut.size, dropped],
                [0, unconnected + (cell.delivery === 'every' ? dropped : 0)],
                told,
              );
          }),
        );
      });
    }
  }
});
