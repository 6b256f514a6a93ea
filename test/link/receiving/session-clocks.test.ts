import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import fc from 'fast-check';
import type { Ping } from '../../../src/protocol/message.ts';
import { hello, marked, picture, TrialReceiver } from '../../support/frames.ts';

let receiver = new TrialReceiver();
let nowMs = 1_000_000;
beforeEach(() => {
  mock.timers.enable({ apis: ['setTimeout'] });
  mock.method(performance, 'now', () => nowMs);
  mock.method(Date, 'now', () => 1_700_000_000_000 + nowMs);
});
afterEach(() => {
  for (const session of receiver.sessions) session.end();
  receiver = new TrialReceiver();
  mock.timers.reset();
  mock.restoreAll();
});

type Conversation = ReturnType<TrialReceiver['open']>;

/** Answers the newest ping after so many milliseconds there and back. `offsetUs`: the sender's clocks less ours. */
function answer({ session, answers }: Conversation, monotonicOffsetUs: number, thereMs: number, backMs: number): void {
  const { sentUs } = answers('ping').at(-1) as Ping;
  nowMs += thereMs;
  const remoteUs = Math.floor(nowMs * 1000) + monotonicOffsetUs;
  const remoteWallUs = Math.floor((1_700_000_000_000 + nowMs) * 1000);
  nowMs += backMs;
  session.handle({ type: 'pong', sentUs, remoteReceivedUs: remoteUs, remoteSentUs: remoteUs, remoteWallUs });
}

/** A frame that was captured so many milliseconds ago by a clock that is `offsetUs` ahead of ours. */
function capture(sequence: number, agoMs: number, offsetUs: number) {
  const incoming = picture(sequence);
  assert.ok(incoming.type === 'FRAM');
  const capturedMonotonicUs = Math.floor((nowMs - agoMs) * 1000) + offsetUs;
  return { ...incoming, frame: { ...incoming.frame, capturedMonotonicUs } };
}

test('Session knows no lateness before the first pong, and none of marked frames', () => {
  const conversation = receiver.open();
  conversation.session.handle(marked(1));
  conversation.session.handle(hello);
  conversation.session.handle(picture(2));
  assert.deepEqual(
    receiver.frames.map(({ lateness }) => lateness),
    [undefined, undefined],
  );
  assert.deepEqual(conversation.answers('ACKN'), [
    { type: 'ACKN', sequence: 1, latenessUs: undefined },
    { type: 'ACKN', sequence: 2, latenessUs: undefined },
  ]);
});

test('Session tells how late a frame is, and its sender as well, wherever the clocks of that are', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -999_000_000, max: 4e15 }),
      fc.nat({ max: 5000 }),
      fc.nat({ max: 400 }),
      fc.nat({ max: 400 }),
      (offsetUs, agoMs, thereMs, backMs) => {
        const conversation = receiver.open();
        const stream = receiver.sessions.length.toString(16).padStart(16, '0');
        conversation.session.handle({ ...hello, stream });
        answer(conversation, offsetUs, thereMs, backMs);
        conversation.session.handle(capture(1, agoMs, offsetUs));
        const { lateness } = receiver.frames.at(-1) ?? {};
        assert.ok(lateness !== undefined);
        assert.ok(Math.abs(lateness.us - agoMs * 1000) <= lateness.errorUs + 2);
        assert.ok(lateness.errorUs <= (thereMs + backMs) * 500 + 2);
        const [acknowledgement] = conversation.answers('ACKN');
        assert.ok(acknowledgement?.type === 'ACKN' && acknowledgement.latenessUs === Math.round(lateness.us));
        assert.equal(conversation.session.sender.lateness.newestUs, lateness.us);
        conversation.session.end();
      },
    ),
  );
});

test('Session keeps the lateness right when a wall clock is set, and says that it was', () => {
  const conversation = receiver.open();
  conversation.session.handle(hello);
  answer(conversation, 0, 1, 1);
  mock.method(Date, 'now', () => 1_700_003_600_000 + nowMs);
  nowMs += 1000;
  mock.timers.tick(1000);
  answer(conversation, 0, 1, 1);
  conversation.session.handle(capture(1, 40, 0));
  assert.equal(receiver.frames[0]?.lateness?.us, 40_000);
  assert.match(receiver.events[0] ?? '', /^this machine's clock was set forward by 3600\.0 s/);
});

test('Session goes on when a pong is of no exchange that can be', () => {
  const { session } = receiver.open();
  session.handle(hello);
  const most = Number.MAX_SAFE_INTEGER;
  session.handle({ type: 'pong', sentUs: most, remoteReceivedUs: most, remoteSentUs: 0, remoteWallUs: most });
  session.handle({ type: 'pong', sentUs: 0, remoteReceivedUs: most, remoteSentUs: most, remoteWallUs: most });
  session.handle(picture(1));
  assert.deepEqual(receiver.taken, [1]);
});
