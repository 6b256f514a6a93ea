import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LinkPace } from '../../src/broker/subscribing/link-pace.ts';
import { readPlace } from '../../src/broker/subscribing/message-place.ts';

/** What may be under way after messages that came one every so many milliseconds, for two seconds. */
function roomAfter(pace: LinkPace, everyMs: number, fromMs = 0): number {
  for (let ms = everyMs; ms <= 2000; ms += everyMs) pace.count(fromMs + ms);
  return pace.room;
}

test('LinkPace gives room for a fifth of a second, and for what the way holds, when messages come', () => {
  assert.equal(new LinkPace(0, 0).room, 16);
  assert.equal(roomAfter(new LinkPace(0, 0), 10), 20);
  assert.equal(roomAfter(new LinkPace(300, 0), 10), 80);
});

test('LinkPace gives room for two when the link is slow, also when it was fast before', () => {
  assert.equal(roomAfter(new LinkPace(0, 0), 400), 2);
  const pace = new LinkPace(0, 0);
  roomAfter(pace, 1);
  for (const round of [1, 2, 3, 4]) roomAfter(pace, 100, 2000 * round);
  assert.equal(pace.room, 2);
});

test('readPlace reads what a message says of its place when a server has domains and when it has none', () => {
  assert.deepEqual(readPlace('$JS.ACK.FRAMES.cons.1.70.3.1700000000.12'), { sequence: 70, delivery: 3, pending: 12 });
  assert.deepEqual(readPlace('$JS.ACK.hub.hash.FRAMES.cons.1.70.3.1700000000.12.token'), {
    sequence: 70,
    delivery: 3,
    pending: 12,
  });
  assert.deepEqual(readPlace('$JS.ACK._.hash.FRAMES.cons.1.70.3.1700000000.12'), {
    sequence: 70,
    delivery: 3,
    pending: 12,
  });
});

test('readPlace knows no place when the subject is another', () => {
  const others = [undefined, '', '$JS', '_INBOX.a.b', '$JS.ACK.FRAMES.cons.1.x.3.4.5', '$JS.ACK.a.b.c.d.1.2.3.4'];
  for (const other of others) assert.equal(readPlace(other), undefined, other);
});
