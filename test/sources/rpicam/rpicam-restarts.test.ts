import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RpicamRestarts, type RunEnd } from '../../../src/sources/rpicam/rpicam-restarts.ts';
import { TrialLog } from '../../support/trial-log.ts';

const quick: RunEnd = {
  program: 'rpicam-vid',
  pictures: 0,
  deliveredMs: 0,
  what: 'ended with status 255 without a picture',
  lastWords: 'ERROR: *** no cameras available ***',
  isHopeless: false,
};
const brief: RunEnd = { ...quick, pictures: 30, deliveredMs: 1000, what: 'was ended by SIGSEGV', lastWords: '' };
const steady: RunEnd = { ...brief, deliveredMs: 10_000 };
const sound: RunEnd = { ...brief, deliveredMs: 600_000 };

function judgeAll(restarts: RpicamRestarts, ends: readonly RunEnd[]): number[] {
  return ends.map((end) => {
    if (end.pictures > 0) restarts.noteDelivery(end.program);
    return restarts.judge(end);
  });
}

describe('RpicamRestarts', () => {
  test('waits twice as long each time, up to half a minute, when a camera was there and is gone', () => {
    const pauses = judgeAll(new RpicamRestarts(new TrialLog()), [brief, ...Array(7).fill(quick)]);
    assert.deepEqual(pauses, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  });

  test('waits for a second again when pictures came for ten seconds', () => {
    const pauses = judgeAll(new RpicamRestarts(new TrialLog()), [brief, quick, quick, steady, quick]);
    assert.deepEqual(pauses, [1000, 2000, 4000, 1000, 2000]);
  });

  test('gives up after four starts when there never was a picture', () => {
    const log = new TrialLog();
    const restarts = new RpicamRestarts(log);
    assert.deepEqual(judgeAll(restarts, [quick, quick, quick]), [1000, 2000, 4000]);
    assert.throws(() => restarts.judge(quick), {
      code: 'SOURCE_FAILED',
      message:
        'Cannot get a picture: it was started 4 times without one; at last rpicam-vid ended with status 255 without a picture; ' +
        'it said: ERROR: *** no cameras available ***. Advice: switch the Pi off and see that the ribbon cable sits straight at ' +
        'both ends; then see that camera_auto_detect=1 is in /boot/firmware/config.txt; `rpicam-hello --list-cameras` then lists ' +
        'the camera',
    });
    assert.equal(log.lines.length, 2);
  });

  test('gives up at once when another start would go the same way and there never was a picture', () => {
    const end = { ...quick, what: 'gives H.264', lastWords: '', isHopeless: true };
    assert.throws(() => new RpicamRestarts(new TrialLog()).judge(end), {
      message: 'Cannot get a picture: rpicam-vid gives H.264',
    });
  });

  test('never gives up when there was a picture', () => {
    const ends = [brief, ...Array(100).fill(quick), { ...quick, isHopeless: true }];
    assert.equal(judgeAll(new RpicamRestarts(new TrialLog()), ends).at(-1), 30_000);
  });

  test('says so at the 1st, 2nd, 4th, 8th end, and when pictures come again after that', () => {
    const log = new TrialLog();
    judgeAll(new RpicamRestarts(log), Array(9).fill(brief));
    assert.deepEqual(log.lines, [
      'warn: rpicam-vid was ended by SIGSEGV after 30 pictures; it is started again in 1 s',
      'info: rpicam-vid delivers pictures again',
      'warn: rpicam-vid was ended by SIGSEGV after 30 pictures; it is started again in 2 s (number 2)',
      'info: rpicam-vid delivers pictures again',
      'warn: rpicam-vid was ended by SIGSEGV after 30 pictures; it is started again in 8 s (number 4)',
      'info: rpicam-vid delivers pictures again',
      'warn: rpicam-vid was ended by SIGSEGV after 30 pictures; it is started again in 30 s (number 8)',
      'info: rpicam-vid delivers pictures again',
    ]);
  });

  test('fills no log when a camera comes and goes all night', () => {
    const log = new TrialLog();
    judgeAll(new RpicamRestarts(log), Array(3000).fill(steady));
    assert.ok(log.lines.length < 30, `${log.lines.length} lines`);
  });

  test('says so as if for the first time when pictures came for ten minutes', () => {
    const log = new TrialLog();
    judgeAll(new RpicamRestarts(log), [...Array(6).fill(brief), sound]);
    assert.equal(
      log.lines.at(-1),
      'warn: rpicam-vid was ended by SIGSEGV after 30 pictures; it is started again in 1 s',
    );
  });

  test('keeps what the program said in one line', () => {
    const log = new TrialLog();
    new RpicamRestarts(log).judge({ ...quick, lastWords: 'one | two' });
    assert.deepEqual(log.lines, [
      'warn: rpicam-vid ended with status 255 without a picture; it said: one | two; it is started again in 1 s',
    ]);
  });
});
