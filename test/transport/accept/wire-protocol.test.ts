import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, test } from 'node:test';
import { encodeClassicFrame } from '../../../src/protocol/classic/classic-encoder.ts';
import { ProtocolError } from '../../../src/protocol/errors.ts';
import { defaultFrameLimits } from '../../../src/protocol/frame.ts';
import { stream } from '../../support/frames.ts';
import { tinyJpeg } from '../../support/jpeg.ts';
import { TrialConversation } from './trial-conversation.ts';

const limits = { ...defaultFrameLimits, maxFrameBytes: 1000, maxWidth: 100, maxHeight: 100 };

function encode(jpeg: Uint8Array, sequence?: number): Uint8Array {
  return encodeClassicFrame({ jpeg, capturedAtUs: 1 }, sequence === undefined ? undefined : { stream, sequence });
}

/** The outcome of three frames, of which the second is that one, and of the end of the connection. */
async function reject(jpeg: Uint8Array, isMarked: boolean) {
  const trial = new TrialConversation({ limits });
  const good = tinyJpeg(64, 48, 200);
  for (const [i, one] of [good, jpeg, good].entries()) await trial.send(encode(one, isMarked ? i + 1 : undefined));
  const error: unknown = await trial.finish().then(
    () => undefined,
    (thrown) => thrown,
  );
  trial.protocol.end();
  assert.deepEqual([trial.receiver.taken, trial.sender.skipped], [isMarked ? [1, 3] : [1, 2], 1]);
  return { error, written: trial.written, words: trial.closingText(error as ProtocolError | undefined) ?? '' };
}

describe('WireProtocol', { concurrency: 4 }, () => {
  const rejections: Record<string, [jpeg: Uint8Array, reason: RegExp]> = {
    FRAME_TOO_LONG: [tinyJpeg(64, 48, 2000), /FRAME_TOO_LONG.*must be <= 1000 bytes: it has at least \d+/s],
    PICTURE_TOO_LARGE: [tinyJpeg(640, 480, 200), /PICTURE_TOO_LARGE.*must be <= 100x100: it is 640x480/s],
    NOT_JPEG: [Buffer.alloc(300, 'x'), /NOT_JPEG/s],
  };
  for (const [expected, [jpeg, reason]] of Object.entries(rejections)) {
    test(`leaves a frame that is ${expected} behind and tells a classic sender without marks at its end`, async () => {
      const { error, written, words } = await reject(jpeg, false);
      assert.equal((error as ProtocolError).code, expected);
      assert.match(words, new RegExp(`FAIL.*${reason.source}`, 's'));
      assert.equal(written, '');
    });

    test(`leaves a frame that is ${expected} behind and tells a sender that marks its frames at once`, async () => {
      const { error, written } = await reject(jpeg, true);
      assert.equal(error, undefined);
      assert.match(written, new RegExp(`skip.*${reason.source}`, 's'));
    });
  }

  test('says nothing to a sender on the classic wire when it ends of itself or falls silent', async () => {
    const trial = new TrialConversation();
    await trial.send(encode(tinyJpeg(64, 48, 200)));
    assert.equal(trial.closingText(undefined), undefined);
    assert.equal(trial.closingText(new ProtocolError('IDLE', 'x')), undefined);
  });
});
