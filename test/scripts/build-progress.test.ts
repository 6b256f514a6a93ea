import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BuildProgress } from '../../scripts/native/progress.ts';

/** Keeps all that is written. */
class Written {
  readonly isTTY: boolean;
  readonly columns: number;
  text = '';

  constructor(isTTY: boolean, columns = 60) {
    this.isTTY = isTTY;
    this.columns = columns;
  }

  write(text: string): void {
    this.text += text;
  }
}

describe('progress of the native build', () => {
  test('lines in a pipe say the begin of a long step with its usual time, and the end of each step', () => {
    const written = new Written(false);
    const progress = new BuildProgress('native linux-x64', written);
    progress.finish(progress.start('zlib'));
    const opencv = progress.start('opencv');
    opencv.update('[1/200] a\n[50/200] b\n');
    progress.finish(opencv);
    const [short, begin, end, ...rest] = written.text.split('\n');
    assert.equal(short, 'native linux-x64: zlib: done in 0 s');
    assert.match(begin ?? '', /^native linux-x64: opencv: 0 s of about \d+ s on two cores$/);
    assert.equal(end, 'native linux-x64: opencv: done in 0 s');
    assert.deepEqual(rest, ['']);
  });

  test('each minute a line in a pipe says how far a long step is', (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const written = new Written(false);
    const progress = new BuildProgress('native', written);
    const step = progress.start('opencv');
    step.update('[1/200] a\n[50/200] b\n');
    written.text = '';
    t.mock.timers.tick(59_000);
    assert.equal(written.text, '');
    t.mock.timers.tick(1000);
    assert.match(written.text, /^native: opencv: 25 %, 0 s of about \d+ s on two cores\n$/);
    progress.finish(step);
    const short = progress.start('zlib');
    written.text = '';
    t.mock.timers.tick(60_000);
    assert.equal(written.text, 'native: zlib: 0 s so far\n');
    progress.finish(short);
    written.text = '';
    t.mock.timers.tick(600_000);
    assert.equal(written.text, '');
  });

  test('a terminal has one line that changes, which is not longer than a row', (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const written = new Written(true);
    const progress = new BuildProgress('native linux-x64', written);
    const steps = [progress.start('ffmpeg'), progress.start('opencv')];
    written.text = '';
    t.mock.timers.tick(1000);
    assert.ok(written.text.startsWith('\rnative linux-x64: ffmpeg: 0 s of about '), written.text);
    assert.ok(written.text.endsWith('\x1b[K') && !written.text.includes('\n'), written.text);
    assert.ok(written.text.length - '\r\x1b[K'.length < written.columns, written.text);
    written.text = '';
    for (const step of steps) progress.finish(step);
    assert.ok(written.text.startsWith('\r\x1b[Knative linux-x64: ffmpeg: done in 0 s\n'), written.text);
    assert.ok(written.text.endsWith('\r\x1b[Knative linux-x64: opencv: done in 0 s\n'), written.text);
  });

  test('a terminal that does not know its width has the whole line', () => {
    const written = new Written(true, 0);
    new BuildProgress('native', written).start('zlib');
    assert.equal(written.text, '\rnative: zlib: 0 s so far\x1b[K');
  });

  test('a step that failed names its log, and shows the end of it', () => {
    const written = new Written(false);
    const progress = new BuildProgress('native', written);
    progress.fail(progress.start('zlib'), '/work/zlib.log', ['cc: no such file', 'make: error 1']);
    assert.equal(
      written.text,
      'native: zlib: failed after 0 s; the end of /work/zlib.log:\n  cc: no such file\n  make: error 1\n',
    );
  });
});
