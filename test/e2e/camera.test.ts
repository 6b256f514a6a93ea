import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MEDIA, mediaFile } from '../support/media.ts';
import { countSteps, readFrameNumber } from '../support/pictures.ts';
import { soonMs, startReceiver } from '../support/programs.ts';
import type { ShimCamera } from '../support/v4l2-shim/shim.ts';
import {
  assertAreCameras,
  type CameraEnds,
  defineCameraPictures,
  formatSize,
  sendCamera,
  startShimCamera,
} from './camera-suite.ts';

const ends: CameraEnds = { name: 'node', start: startShimCamera, receiver: 'node' };

defineCameraPictures(ends);

describe('camera choices', () => {
  test('a camera keeps its own size when the size is source', async () => {
    const { pictures } = await sendCamera(ends, { yuyv: ['352x288'] }, 3, ['--size', 'source']);
    assert.deepEqual(pictures.map(formatSize), ['352x288', '352x288', '352x288']);
  });

  test('a camera is asked for the size nearest to the wanted one when it has several', async () => {
    // Where the sender did not ask, the first would do, and its frames are not the file's.
    const camera = { yuyv: ['640x480'], mjpeg: [await mediaFile('jpegs720')] };
    const { pictures } = await sendCamera(ends, camera, 6, ['--size', '1280x720']);
    for (const picture of pictures) assert.equal(formatSize(picture), '1280x720');
    assertAreCameras(pictures, MEDIA.jpegs720.frames);
  });

  test('camera 0 is /dev/video0 and a path is itself when a device is named', async () => {
    for (const [device, argument] of [
      ['/dev/video3', '3'],
      ['/dev/v4l/by-id/usb-camera', '/dev/v4l/by-id/usb-camera'],
    ] as const) {
      await sendCamera(ends, { device }, 1, [argument]);
    }
  });
});

describe('newest frame', () => {
  test('each picture is the newest when the interval is longer than that of the camera', async () => {
    const { pictures } = await sendCamera(ends, { fps: [30] }, 6, ['--interval', '300']);
    const steps = countSteps(pictures);
    const message = `the camera was ahead by ${steps} frames from picture to picture`;
    // 300 ms are 9 frames; one that comes late shortens the next step. A backlog gives neighbours.
    assert.ok(Math.min(...steps) > 1, message);
    assert.ok(steps.reduce((sum, step) => sum + step) >= 7 * steps.length, message);
  });

  test('the second picture is a whole interval after the first when that is longer than the start', async () => {
    const { pictures } = await sendCamera(ends, { fps: [30] }, 2, ['--interval', '3000']);
    const [step = 0] = countSteps(pictures);
    // A busy machine takes some of them away.
    assert.ok(step >= 75, `3000 ms are 90 frames of the camera: it was ahead by ${step}`);
  });

  test('each picture is the newest when encoding takes longer than a frame of the camera', async () => {
    const { pictures } = await sendCamera(ends, { fps: [250] }, 10, ['--interval', '0', '--size', '4000x3000']);
    const steps = countSteps(pictures);
    assert.ok(Math.min(...steps) > 1, `the camera was ahead by ${steps} frames from picture to picture`);
  });
});

describe('cameras that fail', () => {
  test('the sender says so once each time and goes on by itself when the camera is unplugged and back', async () => {
    const camera = { unplugAfter: 15, unplugTimes: 2, reappearMs: 600 };
    const { pictures, said } = await sendCamera(ends, camera, 22);
    assert.deepEqual(
      said.map((line) => line.replace(/localhost:\d+|sent .*/, '')),
      [
        'image-sender: connected to ',
        'image-sender: camera /dev/video0 gives no pictures any more; waiting for it to come back',
        'image-sender: camera /dev/video0 is back',
        'image-sender: camera /dev/video0 gives no pictures any more; waiting for it to come back',
        'image-sender: camera /dev/video0 is back',
        'image-sender: ',
      ],
    );
    // The camera's numbers begin anew each time it is back.
    const numbers = pictures.map(readFrameNumber);
    const restarts = numbers.filter((number, i) => i > 0 && number < (numbers[i - 1] ?? 0));
    assert.equal(restarts.length, 2, `frames ${numbers}`);
  });

  test('the sender connects again when the camera was away for longer than the receiver waits', async () => {
    const { receiver, port } = await startReceiver('node', ['--idle-timeout', '1s', '--quiet']);
    await using _receiver = receiver;
    const camera = { unplugAfter: 15, reappearMs: 2500 };
    await using sender = await startShimCamera(camera, ['--port', `${port}`, '--wire', 'classic']);
    await receiver.waitForLine('stderr', /sends pictures/, soonMs);
    await receiver.waitForLine('stderr', /dropped after .*--idle-timeout/, soonMs);
    await receiver.waitForLine('stderr', /sends pictures/, soonMs);
    assert.equal((await sender.stop()).code, 0);
  });

  test('the sender stays connected on wire 2 when the camera is away for longer than the receiver waits', async () => {
    const { receiver, port } = await startReceiver('node', ['--idle-timeout', '1s', '--json']);
    await using _receiver = receiver;
    await using sender = await startShimCamera({ unplugAfter: 15, reappearMs: 2500 }, ['--port', `${port}`]);
    await sender.waitForLine('stderr', /is back/, soonMs);
    const before = receiver.lines('stdout').length;
    while (receiver.lines('stdout').length < before + 3) await receiver.waitForLine('stdout', /"sequence"/, soonMs);
    assert.equal((await sender.stop()).code, 0);
    await receiver.waitForLine('stderr', /left after/, soonMs);
    assert.equal(receiver.lines('stderr').filter((line) => line.includes('sends pictures')).length, 1);
  });

  test('the sender ends with 0 at SIGTERM when its camera is away', async () => {
    const { receiver, port } = await startReceiver('node', ['--quiet']);
    await using _receiver = receiver;
    await using sender = await startShimCamera({ unplugAfter: 5 }, ['--port', `${port}`]);
    await sender.waitForLine('stderr', /gives no pictures any more/, soonMs);
    sender.signal('SIGTERM');
    assert.deepEqual(await sender.wait(soonMs), { code: 0, signal: null });
  });

  const failures: [what: string, camera: ShimCamera, device: string, message: RegExp][] = [
    [
      'opening is not permitted',
      { openError: 13 },
      '0',
      /Cannot open camera \/dev\/video0: permission denied\. .*usermod -aG video/,
    ],
    [
      'another program has it',
      { openError: 16 },
      '0',
      /Cannot open camera \/dev\/video0: it gives no pictures\. .*fuser -v \/dev\/video0/,
    ],
    ['it was never there', {}, '7', /Cannot open camera \/dev\/video7: there is no such device/],
  ];
  for (const [what, camera, device, message] of failures) {
    test(`the sender ends with 3 and names the camera when ${what}`, async () => {
      await using sender = await startShimCamera(camera, [device]);
      assert.deepEqual(await sender.wait(soonMs), { code: 3, signal: null });
      assert.deepEqual(sender.lines('stdout'), []);
      const lines = sender.lines('stderr').filter((line) => !line.includes('sent 0 frames'));
      assert.equal(lines.length, 1, lines.join('\n'));
      assert.match(lines[0] ?? '', message);
    });
  }
});
