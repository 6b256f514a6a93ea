import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { Pinger } from '../../../src/transport/accept/pinger.ts';

beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
afterEach(() => mock.timers.reset());

/** The milliseconds at which there is a ping, for so long. */
function record(keepAliveMs: number, forMs: number): number[] {
  const times: number[] = [];
  let nowMs = 0;
  const pinger = new Pinger(keepAliveMs, () => times.push(nowMs));
  pinger.start();
  while (nowMs++ < forMs) mock.timers.tick(1);
  pinger.stop();
  mock.timers.tick(10_000);
  return times.map((ms) => ms - (ms > 0 ? 1 : 0));
}

test('Pinger pings at once, soon again, then once a second, and not after it was stopped', () => {
  const times = record(10_000, 5000);
  const gaps = times.slice(1).map((ms, i) => Math.round((ms - (times[i] ?? 0)) / 10) * 10);
  assert.deepEqual(gaps, [50, 100, 200, 400, 800, 1000, 1000, 1000]);
});

test('Pinger pings three times as often as the other end takes for death', () => {
  const times = record(900, 3000).slice(-4);
  for (const [i, ms] of times.slice(1).entries()) assert.ok(ms - (times[i] ?? 0) <= 300);
});

test('Pinger pings no more than twenty times a second, however short the other end lives', () => {
  assert.ok(record(1, 1000).length <= 21);
});

test('Pinger goes on when the other end never gives up', () => {
  assert.ok(record(Number.POSITIVE_INFINITY, 5000).length > 7);
});
