import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultFrameLimits } from '../../src/protocol/frame.ts';
import { readJpegStream } from '../../src/sources/jpeg-stream.ts';
import { SkipLog } from '../../src/sources/skip-log.ts';
import { readMonotonicUs } from '../../src/system/clock.ts';
import { tinyJpeg } from '../support/jpeg.ts';
import { LineLog } from '../support/trial-log.ts';

const jpeg = tinyJpeg(64, 48, 1000);

function makeSkipLog(): { skipLog: SkipLog; lines: string[] } {
  const log = new LineLog();
  return { skipLog: new SkipLog(log, 'the test'), lines: log.lines };
}

test('a picture has the time of its first bytes when the others come later', async () => {
  let betweenUs = 0;
  async function* write() {
    yield jpeg.subarray(0, 400);
    betweenUs = readMonotonicUs();
    yield jpeg.subarray(400, 700);
    yield jpeg.subarray(700);
    yield jpeg;
  }
  const { skipLog } = makeSkipLog();
  const times: number[] = [];
  for await (const frame of readJpegStream(write(), defaultFrameLimits, (stretch) => skipLog.add(stretch))) {
    assert.deepEqual([frame.width, frame.height, frame.jpeg.length], [64, 48, jpeg.length]);
    times.push(frame.capturedMonotonicUs);
  }
  const [first = 0, second = 0] = times;
  assert.ok(first <= betweenUs && second >= betweenUs, `${times} around ${betweenUs}`);
});

test('a SkipLog tells of the 1st, 2nd, 4th and 8th stretch when many are skipped', () => {
  const { skipLog, lines } = makeSkipLog();
  for (let i = 0; i < 9; i++) skipLog.add({ bytes: 10, code: 'PICTURE_TOO_LARGE', reason: 'it is large' });
  assert.deepEqual([skipLog.pieces, skipLog.bytes], [9, 90]);
  assert.equal(lines.length, 4);
  assert.equal(lines[0], 'skipped 10 bytes of the test: it is large (--max-size) [PICTURE_TOO_LARGE]');
  assert.match(lines[3] ?? '', /; 8 pieces, 80 bytes, so far$/);
});
