import assert from 'node:assert/strict';
import { test } from 'node:test';
import { composeRpicamArguments, type RpicamChoices } from '../../../src/sources/rpicam/rpicam-arguments.ts';

function compose(over: Partial<RpicamChoices> = {}): string {
  const defaultValue = { size: { width: 1280, height: 720 }, quality: 90, intervalMs: 40, extraArguments: [] };
  return composeRpicamArguments({ ...defaultValue, ...over }).join(' ');
}

function extra(...extraArguments: string[]): string {
  return compose({ extraArguments });
}

test('rpicam-vid is told size, quality and rate, and to give JPEGs without end', () => {
  assert.equal(compose(), '-n -t 0 --codec mjpeg -q 90 --width 1280 --height 720 --framerate 25 --flush -o -');
});

test('rpicam-vid chooses what it is not told', () => {
  assert.equal(compose({ size: undefined, intervalMs: 0 }), '-n -t 0 --codec mjpeg -q 90 --flush -o -');
});

test('rpicam-vid gets rates that are no whole numbers', () => {
  assert.match(compose({ intervalMs: 95 }), /--framerate 10\.5263 /);
  assert.match(compose({ intervalMs: 3_600_000 }), /--framerate 0\.000277778 /);
});

test('arguments of the user come last, as they stand', () => {
  const words = ['--vflip', '--shutter', '20000', '--info-text', ' a b ', '--', '-'];
  assert.deepEqual(
    composeRpicamArguments({ size: undefined, quality: 9, intervalMs: 0, extraArguments: words }).slice(-8),
    ['-', ...words],
  );
});

test('an argument of ours gives way when the user gives it in any form, as rpicam-vid refuses it twice', () => {
  assert.equal(extra('--width', '640', '--height=480').match(/--(width|height)/g)?.length, 2);
  assert.match(extra('--width', '640', '--height=480'), /-q 90 --framerate 25 --flush -o - --width 640 --height=480$/);
  assert.match(extra('-q80'), /--codec mjpeg --width .* -q80$/);
  assert.match(extra('--qual', '80'), /--codec mjpeg --width .* --qual 80$/);
  assert.match(extra('--timeout=5s'), /^-n --codec /);
  assert.match(extra('-t', '5s'), /^-n --codec /);
  assert.match(extra('--nopreview=0'), /^-t 0 /);
  assert.match(extra('--codec', 'yuv420'), /^-n -t 0 -q 90 /);
  assert.match(extra('--framerate', '5'), /--height 720 --flush -o - --framerate 5$/);
  assert.match(extra('--flush=1', '--output', '-'), /--framerate 25 --flush=1 --output -$/);
});

test('an argument of ours stays when the user gives another that looks like it', () => {
  for (const word of ['--widths', '--frames', '--no-raw', '--quiet', '-w', '--', '-']) {
    assert.match(extra(word), /^-n -t 0 --codec mjpeg -q 90 --width 1280 --height 720 --framerate 25 --flush -o - /);
  }
});

test('the camera of that number is asked for when there are two, unless it is named behind --', () => {
  const choices = { size: undefined, quality: 90, intervalMs: 95, camera: '1' };
  const words = composeRpicamArguments({ ...choices, extraArguments: [] });
  assert.equal(words[words.indexOf('--camera') + 1], '1');
  assert.ok(!composeRpicamArguments({ ...choices, camera: undefined, extraArguments: [] }).includes('--camera'));
  assert.deepEqual(
    composeRpicamArguments({ ...choices, extraArguments: ['--camera=0'] }).filter((word) =>
      word.startsWith('--camera'),
    ),
    ['--camera=0'],
  );
});
