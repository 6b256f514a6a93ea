import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, test } from 'node:test';
import { encodeClassicFrame } from '../../../src/protocol/classic-encoder.ts';
import { ProtocolError } from '../../../src/protocol/errors.ts';
import { defaultFrameLimits } from '../../../src/protocol/frame.ts';
import { stream } from '../../support/frames.ts';
import { tinyJpeg } from '../../support/jpeg.ts';
import { TrialConversation } from './trial-conversation.ts';

const limits = { ...defaultFrameLimits, maxFrameBytes: 1000, maxWidth: 100, maxHeight: 100 };

function encode(jpeg: Uint8Array, sequence?: number): Uint8Array {
  return encodeClassicFrame({ jpeg, capturedAtUs: 1 }, sequence === undefined ? undefined : { stream, sequence });
}

/** The error of the second frame, and what its sender is told. */
async function refuse(jpeg: Uint8Array, isMarked: boolean) {
  const trial = new TrialConversation({ limits });
  await trial.send(encode(tinyJpeg(64, 48, 200), isMarked ? 1 : undefined));
  const error: unknown = await trial.send(encode(jpeg, isMarked ? 2 : undefined)).then(
    () => undefined,
    (thrown) => thrown,
  );
  assert.ok(error instanceof ProtocolError, 'not refused');
  trial.conversation.end();
  return { code: error.code, words: trial.farewell(error) ?? '', taken: trial.receiver.taken };
}

describe('WireConversation', () => {
  const refusals: Record<string, [jpeg: Uint8Array, words: RegExp]> = {
    FRAME_TOO_LONG: [tinyJpeg(64, 48, 2000), /FAIL.*FRAME_TOO_LONG.*must be <= 1000: it is \d+/s],
    PICTURE_TOO_LARGE: [tinyJpeg(640, 480, 200), /FAIL.*PICTURE_TOO_LARGE.*must be <= 100x100: it is 640x480/s],
    NOT_JPEG: [Buffer.alloc(300, 'x'), /FAIL.*NOT_JPEG/s],
  };
  for (const [expected, [jpeg, words]] of Object.entries(refusals)) {
    for (const isMarked of [false, true]) {
      test(`tells a sender on the classic wire ${isMarked ? 'with' : 'without'} marks when its frame is ${expected}`, async () => {
        const refused = await refuse(jpeg, isMarked);
        assert.equal(refused.code, expected);
        assert.match(refused.words, words);
        assert.deepEqual(refused.taken, [1]);
      });
    }
  }

  test('says nothing to a sender on the classic wire when it ends of itself or falls silent', async () => {
    const trial = new TrialConversation();
    await trial.send(encode(tinyJpeg(64, 48, 200)));
    assert.equal(trial.farewell(undefined), undefined);
    assert.equal(trial.farewell(new ProtocolError('IDLE', 'x')), undefined);
  });
});
