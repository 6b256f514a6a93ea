import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { EveryFrameQueue } from '../../src/delivery/frame-queue.ts';
import { Sender } from '../../src/delivery/sender.ts';
import type { Connector } from '../../src/delivery/uplink.ts';
import { CodedError } from '../../src/errors.ts';
import { FakeTime } from '../support/fake-time.ts';
import { makeCaptured } from '../support/frames.ts';
import { TrialLog } from '../support/trial-log.ts';

const waits = { delivery: 'every', retries: 2, sendTimeoutMs: 5000 } as const;
const limits = { ...waits, count: 0, maxInFlight: 2, bufferBytes: 1000 };

/** Connects to a host that is found unreachable after so long. */
function makeConnector(tookMs: number): Connector {
  return {
    ...{ address: 'there', connectedLine: undefined, staysConnected: false, countsRejected: true },
    maxBytesInFlight: Number.POSITIVE_INFINITY,
    conclude: ({ code }) => ({ code, advice: '' }),
    connect: async () => {
      await sleep(tookMs);
      throw new CodedError('CONNECT_FAILED', 'Cannot connect');
    },
    close: () => undefined,
  };
}

async function* film() {
  yield makeCaptured(1);
}

for (const [tookMs, pause] of [
  [1, '1.0'],
  [600, '0.4'],
  [3000, '0.3'],
] as const) {
  test(`a sender tries again ${pause} s after a try that failed after ${tookMs} ms`, async () => {
    using time = new FakeTime();
    const log = new TrialLog();
    const sender = new Sender({ connector: makeConnector(tookMs), queue: new EveryFrameQueue(film()), log }, limits);
    const running = assert.rejects(sender.run(new AbortController().signal), /gave up after 2 tries/);
    await time.pass(2 * tookMs + 1100);
    await running;
    assert.deepEqual(log.lines, [`warn: Cannot connect (try 1 of 2); next try in ${pause} s`]);
  });
}
