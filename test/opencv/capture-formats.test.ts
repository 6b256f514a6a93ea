import assert from 'node:assert/strict';
import { readdir, readlink } from 'node:fs/promises';
import { test } from 'node:test';
import { loadOpenCv } from '../../src/opencv/load.ts';

const cv = loadOpenCv();
// The answers of a camera are in test/sources/camera/camera-list.test.ts, in programs that have one.

for (const [what, path, message] of [
  ['is not there', '/nonexistent/video0', /Cannot open \/nonexistent\/video0: No such file/],
  ['is a device of another kind', '/dev/null', /Cannot ask \/dev\/null: Inappropriate ioctl/],
  ['is a folder', '/', /Cannot ask \/: Inappropriate ioctl/],
  ['is not even a path', 7, /expected a path/],
] as const) {
  test(`asking a camera throws an Error when it ${what}`, () => {
    assert.throws(
      () => cv.listCaptureFormats(path as string),
      (error) => error instanceof Error && message.test(error.message),
    );
  });
}

test('asking cameras leaves no file open when it fails', async () => {
  // The test runner opens files of its own meanwhile.
  const count = async () => {
    const places = (await readdir('/proc/self/fd')).map((name) => readlink(`/proc/self/fd/${name}`).catch(() => ''));
    return (await Promise.all(places)).filter((place) => place === '/dev/null').length;
  };
  const before = await count();
  for (let i = 0; i < 100; i++) assert.throws(() => cv.listCaptureFormats('/dev/null'));
  assert.equal(await count(), before);
});
