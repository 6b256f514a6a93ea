import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, test } from 'node:test';
import { defaultFrameLimits } from '../../../src/protocol/frame.ts';
import { protocolNames } from '../../../src/protocol/protocol-access.ts';
import { MessageDecoder } from '../../../src/protocol/wire2/message-decoder.ts';
import { encodeFrameHead, encodeMessage } from '../../../src/protocol/wire2/message-encoder.ts';
import { Listener } from '../../../src/transport/accept/listener.ts';
import { tinyJpeg } from '../../support/jpeg.ts';
import { RawClient } from '../../support/raw-client.ts';
import { until } from '../../support/until.ts';

const count = 5;
const jpeg = tinyJpeg(16, 16, 10);
const picture = { jpeg, width: 16, height: 16, capturedAtUs: 0, capturedMonotonicUs: 0 };
const identity = {
  stream: 'pi-k3x9f2ab',
  name: 'pi',
  delivery: 'every',
  keepAliveMs: 0,
  token: new Uint8Array(),
} as const;
const frames = Array.from({ length: count }, (_, i) => [encodeFrameHead({ ...picture, sequence: i + 1 }), jpeg]);
const bytes = Buffer.concat([encodeMessage({ type: 'HELO', ...identity }), ...frames.flat()]);

/** A receiver whose sink holds frames until the test lets it go on, as a disk has that is slow to sync. */
async function open() {
  const waiting: (() => void)[] = [];
  const nothing = () => undefined;
  const times = { headerTimeoutMs: 60_000, idleTimeoutMs: 60_000 };
  const limits = { ...defaultFrameLimits, ...times, maxSenders: 10, maxPerAddress: 10 };
  const listener = await Listener.open(
    { host: '127.0.0.1', port: 0, tls: undefined, token: undefined, accept: protocolNames, ...limits },
    {
      connected: nothing,
      notice: nothing,
      rejected: nothing,
      disconnected: nothing,
      deliver: () => new Promise((resolve) => waiting.push(() => resolve(true))),
    },
    { info: nothing, warn: nothing },
  );
  return { listener, port: listener.addresses[0]?.port ?? 0, waiting };
}

/** The last acknowledged sequence. */
function readAnswered(received: Uint8Array): number | undefined {
  const messages = [...new MessageDecoder(defaultFrameLimits).decode(received)];
  return messages.findLast((message) => message.type === 'ACKN')?.sequence;
}

describe('Listener', () => {
  for (const end of ['it stops', 'the sender ends its half'] as const) {
    test(`answers for the frames that a sink still writes before it closes a connection when ${end}`, async () => {
      const { listener, port, waiting } = await open();
      await using _listener = { [Symbol.asyncDispose]: () => listener.close() };
      using client = await RawClient.open(port);
      await client.send(bytes);
      await until(() => waiting.length === count, 'the sink to hold all frames');
      if (end === 'it stops') void listener.close();
      else client.end();
      // Time to close too soon.
      for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
      for (const goOn of waiting) goOn();
      await client.closed;
      assert.equal(readAnswered(client.received), count);
    });
  }
});
