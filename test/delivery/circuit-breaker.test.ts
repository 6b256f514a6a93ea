import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, mock, test } from 'node:test';
import { CircuitBreaker } from '../../src/delivery/circuit-breaker.ts';
import { CodedError } from '../../src/errors.ts';
import { LimitedLog } from '../../src/system/limited-log.ts';
import { settle } from '../support/frames.ts';
import { TrialLog } from '../support/trial-log.ts';

beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
afterEach(() => mock.timers.reset());

const full = new CodedError('PUBLISH_FAILED', 'the stream is full');
const never = new AbortController().signal;

function makeBreaker(retries = 0) {
  const log = new TrialLog();
  return { breaker: new CircuitBreaker(retries, new LimitedLog(log)), log };
}

/** Waits as long as it has to, without any time passing. */
async function rest(breaker: CircuitBreaker): Promise<void> {
  const resting = breaker.rest(never);
  await settle();
  mock.timers.tick(3000);
  await resting;
}

describe('CircuitBreaker', () => {
  test('is closed until a frame is returned, then open, and half open after a rest', async () => {
    const { breaker, log } = makeBreaker();
    await breaker.rest(never);
    assert.deepEqual([breaker.isOpen, breaker.isHalfOpen], [false, false]);
    breaker.open(full);
    assert.equal(breaker.isOpen, true);
    await rest(breaker);
    assert.deepEqual([breaker.isOpen, breaker.isHalfOpen], [false, true]);
    assert.deepEqual(log.lines, ['warn: the stream is full (try 1); next try in 1.0 s']);
  });

  test('closes when a frame is taken that went out after the rest, and by no other', async () => {
    const { breaker } = makeBreaker();
    breaker.countSent(1);
    breaker.countSent(2);
    breaker.open(full);
    await rest(breaker);
    breaker.countTaken(2);
    assert.equal(breaker.isHalfOpen, true);
    breaker.countSent(1);
    breaker.countTaken(1);
    assert.equal(breaker.isHalfOpen, false);
  });

  test('counts frames that are returned while it rests as one', async () => {
    const { breaker, log } = makeBreaker(3);
    for (let i = 0; i < 5; i++) breaker.open(full);
    await rest(breaker);
    assert.equal(log.lines.length, 1);
  });

  test('gives up with the reason after as many in a row as there are retries, and counts anew when one was taken', async () => {
    const { breaker } = makeBreaker(2);
    for (let round = 0; round < 2; round++) {
      breaker.open(full);
      await rest(breaker);
      breaker.countSent(round);
      breaker.countTaken(round);
    }
    breaker.open(full);
    await rest(breaker);
    breaker.open(full);
    await assert.rejects(breaker.rest(never), {
      code: 'PUBLISH_FAILED',
      message: 'the stream is full; gave up after 2 tries in a row',
    });
  });
});
