import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import fc from 'fast-check';
import type { Ping } from '../../../src/protocol/wire2/message.ts';
import { hello, marked, picture, TrialReceiver } from '../../support/frames.ts';

let receiver = new TrialReceiver();
let nowMs = 1_000_000;
beforeEach(() => {
  mock.timers.enable({ apis: ['setTimeout'] });
  mock.method(performance, 'now', () => nowMs);
  mock.method(Date, 'now', () => 1_700_000_000_000 + nowMs);
});
afterEach(() => {
  for (const protocol of receiver.protocols) protocol.end();
  receiver = new TrialReceiver();
  mock.timers.reset();
  mock.restoreAll();
});

type Protocol = ReturnType<TrialReceiver['open']>;

/** Answers the newest ping after so many milliseconds there and back. `offsetUs`: the sender's clocks less ours. */
function answer({ protocol, answers }: Protocol, monotonicOffsetUs: number, thereMs: number, backMs: number): void {
  const { sentUs } = answers('ping').at(-1) as Ping;
  nowMs += thereMs;
  const remoteUs = Math.floor(nowMs * 1000) + monotonicOffsetUs;
  const remoteWallUs = Math.floor((1_700_000_000_000 + nowMs) * 1000);
  nowMs += backMs;
  protocol.handle({ type: 'pong', sentUs, remoteReceivedUs: remoteUs, remoteSentUs: remoteUs, remoteWallUs });
}

/** A frame that was captured so many milliseconds ago by a clock that is `offsetUs` ahead of ours. */
function capture(sequence: number, agoMs: number, offsetUs: number) {
  const incoming = picture(sequence);
  assert.ok(incoming.type === 'FRAM');
  const capturedMonotonicUs = Math.floor((nowMs - agoMs) * 1000) + offsetUs;
  return { ...incoming, frame: { ...incoming.frame, capturedMonotonicUs } };
}

test('WireProtocol knows no latency before the first pong, and none of marked frames', () => {
  const protocol = receiver.open();
  protocol.protocol.handle(marked(1));
  protocol.protocol.handle(hello);
  protocol.protocol.handle(picture(2));
  assert.deepEqual(
    receiver.frames.map(({ latency }) => latency),
    [undefined, undefined],
  );
  assert.deepEqual(protocol.answers('ACKN'), [
    { type: 'ACKN', sequence: 1, latencyUs: undefined },
    { type: 'ACKN', sequence: 2, latencyUs: undefined },
  ]);
});

test('WireProtocol tells how late a frame is, and its sender as well, wherever the clocks of that are', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -999_000_000, max: 4e15 }),
      fc.nat({ max: 5000 }),
      fc.nat({ max: 400 }),
      fc.nat({ max: 400 }),
      (offsetUs, agoMs, thereMs, backMs) => {
        const protocol = receiver.open();
        const stream = receiver.protocols.length.toString(16).padStart(16, '0');
        protocol.protocol.handle({ ...hello, stream });
        answer(protocol, offsetUs, thereMs, backMs);
        protocol.protocol.handle(capture(1, agoMs, offsetUs));
        const { latency } = receiver.frames.at(-1) ?? {};
        assert.ok(latency !== undefined);
        assert.ok(Math.abs(latency.us - agoMs * 1000) <= latency.errorUs + 2);
        assert.ok(latency.errorUs <= (thereMs + backMs) * 500 + 2);
        const [acknowledgement] = protocol.answers('ACKN');
        assert.ok(acknowledgement?.type === 'ACKN' && acknowledgement.latencyUs === Math.round(latency.us));
        assert.equal(protocol.protocol.connection.latency.newestUs, latency.us);
        protocol.protocol.end();
      },
    ),
  );
});

test('WireProtocol keeps the latency right when a wall clock is set, and says that it was', () => {
  const protocol = receiver.open();
  protocol.protocol.handle(hello);
  answer(protocol, 0, 1, 1);
  mock.method(Date, 'now', () => 1_700_003_600_000 + nowMs);
  nowMs += 1000;
  mock.timers.tick(1000);
  answer(protocol, 0, 1, 1);
  protocol.protocol.handle(capture(1, 40, 0));
  assert.equal(receiver.frames[0]?.latency?.us, 40_000);
  assert.match(receiver.events[0] ?? '', /^this machine's clock was set forward by 3600\.0 s/);
});

test('WireProtocol goes on when a pong is of no exchange that can be', () => {
  const { protocol } = receiver.open();
  protocol.handle(hello);
  const max = Number.MAX_SAFE_INTEGER;
  protocol.handle({ type: 'pong', sentUs: max, remoteReceivedUs: max, remoteSentUs: 0, remoteWallUs: max });
  protocol.handle({ type: 'pong', sentUs: 0, remoteReceivedUs: max, remoteSentUs: max, remoteWallUs: max });
  protocol.handle(picture(1));
  assert.deepEqual(receiver.taken, [1]);
});
