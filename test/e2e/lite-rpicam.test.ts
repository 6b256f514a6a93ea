import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { defaultFrameLimits } from '../../src/protocol/frame.ts';
import { JpegSplitter } from '../../src/protocol/jpeg/jpeg-splitter.ts';
import { test } from '../support/at-once.ts';
import type { Child } from '../support/child.ts';
import { FakeRpicam } from '../support/fake-rpicam/fake-rpicam.ts';
import { startLite } from '../support/lite.ts';
import { mediaFile } from '../support/media.ts';
import { isRunning } from '../support/process-status.ts';
import { soonMs } from '../support/programs.ts';
import { hash, hashAll } from '../support/saved.ts';
import { openOwn, type Target } from '../support/targets.ts';
import { until } from '../support/until.ts';

const jpegs = await mediaFile('jpegs');
const found = new JpegSplitter(defaultFrameLimits).decode(await readFile(jpegs));
const hashes = found.flatMap((one) => (one.type === 'picture' ? [hash(one.jpeg)] : []));

/** With the programs of that folder alone. */
function send(fake: FakeRpicam, target: Pick<Target, 'port'>, ...args: string[]): Promise<Child> {
  const env = { PATH: fake.folder };
  return startLite(['rpicam', '--port', `${target.port}`, '--name', 'pi-01', ...args], { env });
}

const lastLine = (sender: Child): string => sender.lines('stderr').at(-1) ?? '';

for (const name of ['rpicam-vid', 'libcamera-vid']) {
  test(`each picture arrives unchanged when ${name} crashes and is started again`, async () => {
    await using receiver = await openOwn();
    const crash = { pictures: 30, pieces: [1, 4000, 13], lastWords: ['ERROR: *** it is ill ***'], end: 255 };
    await using fake = await FakeRpicam.withPlan({ jpegs, runs: [crash, { pictures: 50 }] }, name);
    const picture = ['--size', '640x480', '--fps', '25', '--rotation', '180', '--quality', '80'];
    await using sender = await send(fake, receiver, '--deliver', 'every', ...picture, '--', '--hflip');
    await until(() => receiver.frames() === 80, '80 pictures', soonMs);
    sender.signal('SIGINT');
    assert.deepEqual(await sender.wait(soonMs), { code: 0, signal: null });
    assert.deepEqual(hashAll(receiver.taken.map(({ jpeg }) => jpeg)), [...hashes.slice(0, 30), ...hashes]);
    const lines = sender.lines('stderr').filter((line) => line.includes(name));
    assert.deepEqual(lines, [
      `image-sender-lite: ${name} ended with status 255 after 30 pictures; it said: ERROR: *** it is ill ***; it is started again in 1 s`,
      `image-sender-lite: ${name} delivers pictures again`,
    ]);
    const words =
      '-n -t 0 --codec mjpeg -q 80 --width 640 --height 480 --framerate 25 --rotation 180 --flush -o - --hflip';
    const starts = (await fake.starts()).map((start) => start.args.join(' '));
    assert.deepEqual(starts, [words, words]);
  });
}

test('rpicam-vid is gone and the sender ends with 0 at SIGTERM, of which rpicam-vid takes no notice', async () => {
  await using receiver = await openOwn();
  await using fake = await FakeRpicam.withPlan({ jpegs, runs: [{ pictures: 1000, pauseMs: 10, ignoresTerm: true }] });
  await using sender = await send(fake, receiver);
  await until(() => receiver.frames() > 10, 'pictures', soonMs);
  sender.signal('SIGTERM');
  assert.deepEqual(await sender.wait(soonMs), { code: 0, signal: null });
  const [start] = await fake.starts();
  assert.equal(await isRunning(start?.pid ?? 0), false);
  assert.match(lastLine(sender), /sent \d+ frames, /);
});

test('the exit code is 3 after four starts without a picture, with advice', async () => {
  await using fake = await FakeRpicam.withPlan({
    jpegs,
    runs: [{ lastWords: ['ERROR: no cameras available'], end: 1 }],
  });
  await using sender = await send(fake, { port: 1 });
  assert.deepEqual(await sender.wait(soonMs), { code: 3, signal: null });
  assert.equal((await fake.starts()).length, 4);
  const told =
    /it was started 4 times without one; at last rpicam-vid ended with status 1 without a picture; it said: ERROR: no cameras available\. Advice: switch the Pi off .*\[SOURCE_FAILED\]$/;
  assert.match(lastLine(sender), told);
});

test('the exit code is 3 and the package is named when rpicam-vid is not installed', async () => {
  await using fake = await FakeRpicam.open();
  await using sender = await send(fake, { port: 1 });
  assert.deepEqual(await sender.wait(soonMs), { code: 3, signal: null });
  assert.match(lastLine(sender), /sudo apt-get install rpicam-apps-lite.*\[SOURCE_FAILED\]$/);
});

test('the exit code is 3 at once when rpicam-vid gives H.264, as with another --codec', async () => {
  await using fake = await FakeRpicam.withPlan({ jpegs, runs: [{ endless: 'h264' }] });
  await using sender = await send(fake, { port: 1 });
  assert.deepEqual(await sender.wait(soonMs), { code: 3, signal: null });
  assert.match(lastLine(sender), /rpicam-vid gives H\.264, and JPEGs are needed.*\[SOURCE_FAILED\]$/);
  assert.equal((await fake.starts()).length, 1);
});

test('rpicam-vid is started again when it hangs, whatever it prints', async () => {
  await using receiver = await openOwn();
  const hang = { pictures: 3, floodBytes: 300_000, ignoresTerm: true };
  await using fake = await FakeRpicam.withPlan({ jpegs, runs: [hang, { pictures: 5 }] });
  await using sender = await send(fake, receiver, '--deliver', 'every');
  await until(() => receiver.frames() === 8, 'pictures of the second start', soonMs);
  sender.signal('SIGTERM');
  assert.deepEqual(await sender.wait(soonMs), { code: 0, signal: null });
  assert.match(sender.lines('stderr').join('\n'), /rpicam-vid gave no picture for 10 s and was ended after 3 pictures/);
});
