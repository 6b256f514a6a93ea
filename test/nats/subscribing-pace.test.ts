import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InFlightLimit } from '../../src/nats/in-flight-limit.ts';
import { readPosition } from '../../src/nats/subscribing/message-position.ts';

/** The messages allowed in flight after one came every so many milliseconds for two seconds. */
function roomAfter(pace: InFlightLimit, everyMs: number, fromMs = 0): number {
  for (let ms = everyMs; ms <= 2000; ms += everyMs) pace.count(fromMs + ms);
  return pace.room;
}

test('InFlightLimit gives room for a fifth of a second, and for the bytes in flight, when messages come', () => {
  assert.equal(new InFlightLimit(0, 0).room, 4);
  assert.equal(roomAfter(new InFlightLimit(0, 0), 10), 20);
  assert.equal(roomAfter(new InFlightLimit(300, 0), 10), 80);
});

test('InFlightLimit gives room for two when the link is slow, also when it was fast before', () => {
  assert.equal(roomAfter(new InFlightLimit(0, 0), 400), 2);
  const pace = new InFlightLimit(0, 0);
  roomAfter(pace, 1);
  for (const round of [1, 2, 3, 4]) roomAfter(pace, 100, 2000 * round);
  assert.equal(pace.room, 2);
});

test('readPlace reads what a message says of its place when a server has domains and when it has none', () => {
  for (const before of ['$JS.ACK.FRAMES.cons', '$JS.ACK.hub.hash.FRAMES.cons', '$JS.ACK._.hash.FRAMES.cons']) {
    const after = before.includes('hub') ? '.token' : '';
    assert.deepEqual(readPosition(`${before}.1.70.3.1700000000123456789.12${after}`), {
      sequence: 70,
      delivery: 3,
      storedAtMs: 1_700_000_000_123,
      pending: 12,
    });
  }
});

test('readPlace knows no place when the subject is another', () => {
  const others = [undefined, '', '$JS', '_INBOX.a.b', '$JS.ACK.FRAMES.cons.1.x.3.4.5', '$JS.ACK.a.b.c.d.1.2.3.4'];
  // JavaScript takes all of these for numbers.
  for (const odd of ['', '0x46', '7e1', '70\u00a0', '-70', '70.0', '+70']) others.push(`$JS.ACK.a.b.1.${odd}.3.4.5`);
  for (const other of others) assert.equal(readPosition(other), undefined, other);
});
