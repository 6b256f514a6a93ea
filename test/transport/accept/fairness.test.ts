import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import { encodeClassicFrame } from '../../../src/protocol/classic/classic-encoder.ts';
import { defaultFrameLimits } from '../../../src/protocol/frame.ts';
import { protocolNames } from '../../../src/protocol/protocol-access.ts';
import { encodeFrameHead, encodeMessage } from '../../../src/protocol/wire2/message-encoder.ts';
import { FairScheduler } from '../../../src/system/fair-scheduler.ts';
import { Listener } from '../../../src/transport/accept/listener.ts';
import { tinyJpeg } from '../../support/jpeg.ts';
import { until } from '../../support/until.ts';

const frameMs = 0.25;
/** A round of two milliseconds, and the turn of a millisecond that is begun at its end. */
const maxInRound = 12;
const many = 1000;
const [goodHost, floodHost] = ['127.0.0.1', '127.0.0.2'];
const jpeg = tinyJpeg(16, 16, 10);
const picture = { jpeg, width: 16, height: 16, capturedAtUs: 0, capturedMonotonicUs: 0 };
const repeat = (part: Uint8Array) => Buffer.concat(Array.from({ length: many }, () => part));
const put = Buffer.from(`PUT /flood HTTP/1.1\r\nHost: pc\r\nContent-Length: ${jpeg.length}\r\n\r\n`);
const chunked = Buffer.from('POST /flood HTTP/1.1\r\nHost: pc\r\nTransfer-Encoding: chunked\r\n\r\n');
const inChunksOfOne = Buffer.concat([...jpeg].map((byte) => Buffer.from([0x31, 13, 10, byte, 13, 10])));
const identity = {
  stream: 'flood-k3x9f2ab',
  name: 'flood',
  delivery: 'latest',
  keepAliveMs: 0,
  token: new Uint8Array(),
};
const hello = encodeMessage({ type: 'HELO', ...identity, delivery: 'latest' });
const rising = Array.from({ length: many }, (_, i) => [encodeFrameHead({ ...picture, sequence: i + 1 }), jpeg]);

const floods = {
  'tiny JPEGs over TCP': repeat(jpeg),
  'tiny classic frames': repeat(encodeClassicFrame(picture)),
  'tiny frames on wire 2': Buffer.concat([hello, ...rising.flat()]),
  'pipelined posts': repeat(Buffer.concat([put, jpeg])),
  'HTTP chunks of one byte': Buffer.concat([chunked, repeat(inChunksOfOne)]),
};

/** A receiver whose clock goes by its frames, and whose rounds of turns begin when the test says so. */
async function open() {
  let nowMs = 0;
  const rounds: (() => void)[] = [];
  const taken: string[] = [];
  const readClockMs = () => nowMs;
  const scheduler = new FairScheduler({ readClockMs, defer: (callback) => rounds.push(callback) });
  const times = { headerTimeoutMs: 60_000, idleTimeoutMs: 60_000 };
  const limits = { ...defaultFrameLimits, ...times, maxSenders: 10, maxPerAddress: 10 };
  const access = { tls: undefined, token: undefined, accept: protocolNames };
  const nothing = () => undefined;
  const listener = await Listener.open(
    { host: goodHost, port: 0, ...access, ...limits, scheduler },
    {
      connected: nothing,
      notice: nothing,
      rejected: nothing,
      disconnected: nothing,
      deliver: ({ connection }) => {
        taken.push(connection.address.replace(/:\d+$/, ''));
        nowMs += frameMs;
        return true;
      },
    },
    { info: nothing, warn: nothing },
  );
  const port = listener.addresses[0]?.port ?? 0;
  return { listener, port, taken, rounds };
}

function send(port: number, localAddress: string, bytes: Uint8Array) {
  const socket = connect({ port, host: goodHost, localAddress });
  socket.on('error', () => undefined);
  socket.resume();
  socket.write(bytes);
  return socket;
}

/** Turns are given until all connections have ended. */
async function close(listener: Listener, rounds: (() => void)[]): Promise<void> {
  let isClosed = false;
  const closed = listener.close().then(() => {
    isClosed = true;
  });
  await until(() => {
    for (const round of rounds.splice(0)) round();
    return isClosed && rounds.length === 0;
  }, 'the end');
  await closed;
}

describe('Listener', { concurrency: 4 }, () => {
  for (const [name, bytes] of Object.entries(floods)) {
    test(`takes a camera's picture long before a flood is over, and a few of the flood at once: ${name}`, async () => {
      const { listener, port, taken, rounds } = await open();
      const flood = send(port, floodHost, bytes);
      await until(() => rounds.length > 0, 'the flood to be put off');
      assert.ok(taken.length <= maxInRound, `${taken.length} at once`);
      const good = send(port, goodHost, jpeg);
      await until(() => {
        const before = taken.length;
        for (const round of rounds.splice(0)) round();
        assert.ok(taken.length - before <= maxInRound, `${taken.length - before} in one round`);
        return taken.includes(goodHost);
      }, 'the good picture');
      good.destroy();
      flood.destroy();
      await close(listener, rounds);
    });
  }

  test('counts what it takes to read bytes, also of those with which nothing is to be done', async () => {
    const { listener, port, rounds } = await open();
    const unknown = Uint8Array.of(0xab, 0x49, 0x53, 2, ...Buffer.from('note'), 0, 0x80, 0, 0);
    const flood = send(port, floodHost, Buffer.concat([hello, unknown, new Uint8Array(2 ** 23)]));
    // The clock of this receiver goes by frames alone: none comes.
    await until(() => rounds.length > 0, 'the flood to be put off');
    flood.destroy();
    await close(listener, rounds);
  });
});
