import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summarizeSender } from '../../../src/cli/sender/display.ts';
import { SkipLog } from '../../../src/sources/skip-log.ts';
import { silentLog } from '../../support/trial-log.ts';

const sent = { frames: 3, bytes: 3000, dropped: 0, state: 'ended', latencyUs: undefined } as const;

test('the last line of a sender tells what was dropped and why, and what the receiver rejected', () => {
  const skipped = new SkipLog(silentLog, 'standard input');
  const tell = (over: object, delivery: 'latest' | 'every') =>
    summarizeSender({ ...sent, ...over }, delivery, skipped, 1000);
  assert.equal(tell({}, 'latest'), 'sent 3 frames, 3.0 kB in 1.0 s (3.0 fps)');
  assert.match(tell({ dropped: 2 }, 'latest'), /; 2 dropped, as newer ones were there$/);
  assert.match(tell({ dropped: 2 }, 'every'), /; 2 dropped, as --buffer was full$/);
  assert.match(
    tell({ dropped: 5, unconnected: 3, uncertain: 2, unsent: 1 }, 'latest'),
    /; 2 dropped, as newer ones were there; 3 dropped, as there was no connection; 2 may not have arrived; 1 not sent before the end$/,
  );
  assert.match(tell({ rejected: 1 }, 'every'), /; 1 rejected$/);
});

test('the rest of one stretch is no stretch of its own, and its bytes count', () => {
  const skipped = new SkipLog(silentLog, 'standard input');
  const stretch = { bytes: 1000, code: 'FRAME_TOO_LONG', reason: 'a JPEG goes on' } as const;
  for (const isRest of [false, true, true]) skipped.add({ ...stretch, isRest });
  assert.deepEqual([skipped.pieces, skipped.bytes], [1, 3000]);
});

test('the last line of a sender tells what was over a limit from what was no whole picture', () => {
  const limits = { maxFrameBytes: 100_000, maxWidth: 640, maxHeight: 480 };
  const skipped = new SkipLog(silentLog, 'standard input', limits);
  skipped.add({ bytes: 1000, code: 'FRAME_TOO_LONG', reason: 'a JPEG goes on' });
  assert.match(
    summarizeSender(sent, 'every', skipped, 1000),
    /; skipped 1 piece of 1\.0 kB: 1 over --max-frame \(100\.0 kB\)$/,
  );
  for (const code of ['FRAME_TOO_LONG', 'PICTURE_TOO_LARGE', 'TORN_FRAME', 'NOT_JPEG'] as const)
    skipped.add({ bytes: 1000, code, reason: 'it is bad' });
  assert.match(
    summarizeSender(sent, 'every', skipped, 1000),
    /; skipped 5 pieces of 5\.0 kB: 2 over --max-frame \(100\.0 kB\), 1 over --max-size \(640x480\), 2 no whole picture$/,
  );
});
