import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, test } from 'node:test';
import { EveryFrameQueue, LatestFrameQueue } from '../../../src/delivery/frame-queue.ts';
import type { CapturedFrame, Delivery, FrameLimits } from '../../../src/protocol/frame.ts';
import { type Incoming, StreamDecoder } from '../../../src/protocol/stream-decoder.ts';
import { encodeMessage } from '../../../src/protocol/wire2/message-encoder.ts';
import { RejectedFrameSearch } from '../../../src/transport/connect/rejected-frame-search.ts';
import { createTcpSender } from '../../../src/transport/connect/tcp-sender.ts';
import { tinyJpeg } from '../../support/jpeg.ts';

const limits: FrameLimits = { maxFrameBytes: 10_000, maxWidth: 640, maxHeight: 480 };
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A receiver from before `skip`: a picture that it cannot take ends the connection. */
async function startOldReceiver() {
  const taken: number[] = [];
  let newest = 0;
  const take = (socket: Socket, incoming: Incoming, isFirst: boolean) => {
    if (isFirst) socket.write(encodeMessage({ type: 'WELC', keepAliveMs: 0, sequence: newest }));
    const sent = incoming.type === 'FRAM' ? incoming.frame.sequence : 0;
    const sequence = incoming.type === 'classic' ? (incoming.frame.mark?.sequence ?? 0) : sent;
    if (sequence === 0) return;
    if (sequence > newest) taken.push(sequence);
    newest = Math.max(newest, sequence);
    socket.write(encodeMessage({ type: 'ACKN', sequence: newest, latencyUs: undefined }));
  };
  const server = createServer((socket) => {
    const decoder = new StreamDecoder(limits);
    let count = 0;
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      for (const incoming of decoder.decode(chunk)) {
        if (socket.writableEnded) return;
        if (incoming.type !== 'bad frame') take(socket, incoming, count++ === 0);
        else socket.end(encodeMessage({ type: 'FAIL', code: incoming.error.code, reason: incoming.error.message }));
      }
    });
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, taken };
}

async function* film(isBad: readonly boolean[]): AsyncGenerator<CapturedFrame, void, undefined> {
  for (const bad of isBad) {
    const [width, height] = bad ? [1280, 720] : [640, 480];
    yield { jpeg: tinyJpeg(width, height), width, height, capturedAtUs: 1, capturedMonotonicUs: 1 };
  }
}

async function send(port: number, wire: 'auto' | '2', delivery: Delivery, isBad: readonly boolean[]) {
  const lines: string[] = [];
  const log = { info: () => undefined, warn: (line: string) => lines.push(line) };
  const target = { host: '127.0.0.1', port, connectTimeoutMs: 5000, tls: undefined, token: new Uint8Array() };
  const times = { sendTimeoutMs: 10_000, idleTimeoutMs: 10_000, retries: 2, count: 0 };
  const options = { ...target, ...times, wire, name: 'pi', delivery, maxInFlight: 9, bufferBytes: 1e6 };
  const frames = film(isBad);
  const sender = createTcpSender(
    options,
    delivery === 'every' ? new EveryFrameQueue(frames) : new LatestFrameQueue(frames),
    log,
  );
  const error: unknown = await sender.run(new AbortController().signal).then(
    () => undefined,
    (thrown) => thrown,
  );
  return { sender, lines, error };
}

describe('Sender and a receiver that ends the connection over one picture', () => {
  for (const wire of ['auto', '2'] as const) {
    test(`finds the picture and leaves it behind, and the others arrive, with wire ${wire}`, async () => {
      const { port, taken } = await startOldReceiver();
      const { sender, lines, error } = await send(port, wire, 'every', [false, false, true, false, true, false]);
      assert.equal(error, undefined);
      assert.deepEqual([taken, sender.frames, sender.rejected], [[1, 2, 4, 6], 4, 2]);
      assert.ok(
        lines.some((line) =>
          /rejected frame 3 and accepts the next ones: .* 1280x720 \(PICTURE_TOO_LARGE\)/.test(line),
        ),
        lines.join('\n'),
      );
    });
  }

  test('ends with REJECTED when every picture is rejected', async () => {
    const { port, taken } = await startOldReceiver();
    const { sender, error } = await send(port, '2', 'every', [true, true]);
    assert.equal((error as { code?: string } | undefined)?.code, 'REJECTED');
    assert.deepEqual([taken, sender.frames, sender.rejected], [[], 0, 2]);
  });
});

describe('RejectedFrameSearch', () => {
  test('knows the frame when it was the only one, and else has them go out one at a time', () => {
    const search = new RejectedFrameSearch();
    assert.equal(search.reject('NOT_JPEG', 1), true);
    assert.equal(search.isOn, false);
    assert.equal(search.reject('NOT_JPEG', 3), false);
    assert.equal(search.isOn, true);
    search.clear(2);
    assert.equal(search.isOn, true);
    assert.equal(search.reject('FRAME_TOO_LONG', 1), true);
    assert.equal(search.isOn, false);
  });

  test('ends when all frames in flight were taken after all', () => {
    const search = new RejectedFrameSearch();
    search.reject('NOT_JPEG', 3);
    search.clear(3);
    assert.equal(search.isOn, false);
  });

  test('is not about other reasons', () => {
    const search = new RejectedFrameSearch();
    for (const code of ['TOO_MANY_SENDERS', 'BAD_TOKEN', 'IDLE']) assert.equal(search.reject(code, 1), false);
    assert.equal(search.isOn, false);
  });
});
