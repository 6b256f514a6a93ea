import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { CameraInfo } from '../../../src/sources/camera-info.ts';
import { runChild } from '../../support/child.ts';
import { mediaFile } from '../../support/media.ts';
import { buildShim, describeShim, type ShimCamera } from '../../support/v4l2-shim/shim.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const program = join(root, 'test/support/v4l2-shim/list-cameras.ts');
const runtimes = {
  node: [join(root, 'node_modules/.bin/node')],
  deno: [join(root, 'node_modules/.bin/deno'), 'run', '-A', '--quiet'],
} as const;
const metadata = 0x00800000;
const memoryToMemory = 0x04008000;

type Device = [name: string, index?: number];

/** The list of a machine with these devices, by their numbers; /dev/video0 alone may be opened, where there is a camera. */
async function list(
  devices: Record<number, Device>,
  camera?: ShimCamera,
  runtime: keyof typeof runtimes = 'node',
): Promise<CameraInfo[]> {
  const folder = await mkdtemp(join(tmpdir(), 'image-socket-test-'));
  try {
    const [sysfs, dev] = [join(folder, 'sys'), join(folder, 'dev')];
    await mkdir(dev);
    for (const [number, [name, index]] of Object.entries(devices)) {
      const device = join(sysfs, `video${number}`);
      await mkdir(device, { recursive: true });
      await writeFile(join(device, 'name'), `${name}\n`);
      if (index !== undefined) await writeFile(join(device, 'index'), `${index}\n`);
    }
    await mkdir(join(sysfs, 'v4l-subdev0'), { recursive: true });
    const env =
      camera === undefined ? {} : describeShim(await buildShim('x64'), { device: join(dev, 'video0'), ...camera });
    const [command, ...args] = [...runtimes[runtime], program, sysfs, dev];
    const { stdout } = await runChild(command, args, 60_000, { env });
    return (JSON.parse(stdout) as CameraInfo[]).map((found) => ({ ...found, id: found.id.replace(folder, '') }));
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('list of USB cameras', () => {
  test('has formats, sizes and rates when a camera gives several', async () => {
    const camera = { yuyv: ['640x480', '320x240'], mjpeg: [await mediaFile('jpegs720')], fps: [15, 30] };
    assert.deepEqual(await list({ 0: ['Webcam', 0] }, camera), [
      {
        source: 'camera',
        id: '/dev/video0',
        name: 'Webcam',
        formats: [
          {
            name: 'YUYV',
            sizes: [
              { width: 640, height: 480, rates: [30, 15] },
              { width: 320, height: 240, rates: [30, 15] },
            ],
          },
          { name: 'MJPG', sizes: [{ width: 1280, height: 720, rates: [30, 15] }] },
        ],
      },
    ]);
  });

  test('has the two ends when a camera gives sizes and rates as ranges', async () => {
    const [found] = await list({ 0: ['Webcam', 0] }, { ranges: true, fps: [60] });
    const sizes = [
      { width: 16, height: 16, rates: [60, 1] },
      { width: 1920, height: 1080, rates: [60, 1] },
    ];
    assert.deepEqual(found?.formats, [{ name: 'YUYV', sizes }]);
  });

  test('ends when the lists of a driver at fault do not', async () => {
    const [found] = await list({ 0: ['Webcam', 0] }, { endless: true });
    assert.deepEqual(found?.formats, [{ name: 'YUYV', sizes: [{ width: 640, height: 480, rates: [30] }] }]);
  });

  for (const [what, capabilities] of [
    ['metadata', metadata],
    ['the output of a codec', memoryToMemory],
  ] as const) {
    test(`leaves a device out when all that it gives is ${what}`, async () => {
      assert.deepEqual(await list({ 0: ['Webcam', 0] }, { capabilities }), []);
    });
  }

  test('is in the order of the numbers and without what belongs to camera modules and codecs when these are there', async () => {
    const devices: Record<number, Device> = {
      0: ['unicam-image', 0],
      2: ['Second', 0],
      3: ['Second', 1],
      10: ['bcm2835-codec-decode', 0],
      11: ['Eleventh', 0],
      13: ['bcm2835-isp-output0', 0],
      14: ['rp1-cfe-csi2_ch0', 0],
      19: ['rpivid', 0],
      20: ['pispbe-input', 0],
      30: ['rpi-hevc-dec', 0],
    };
    assert.deepEqual(
      (await list(devices)).map(({ id, name }) => `${id} ${name}`),
      ['/dev/video2 Second', '/dev/video11 Eleventh'],
    );
  });

  test('says why a camera cannot be used when it may not be opened', async () => {
    const [found] = await list({ 0: ['Webcam', 0] }, { openError: 13 });
    assert.deepEqual(found?.formats, []);
    assert.match(found?.problem ?? '', /^permission denied\. .*usermod -aG video/);
  });

  test('has names alone when Deno runs it', async () => {
    const devices: Record<number, Device> = { 0: ['Webcam', 0], 1: ['Webcam', 1], 2: ['Old one'] };
    const found = await list(devices, undefined, 'deno');
    assert.deepEqual(
      found.map(({ id, name, formats }) => [id, name, formats]),
      [
        ['/dev/video0', 'Webcam', []],
        ['/dev/video2', 'Old one', []],
      ],
    );
  });

  test('has a clean name when a camera calls itself by control characters', async () => {
    const [found] = await list({ 0: ['\x1b[2JWeb\u202ecam\x07'] });
    assert.equal(found?.name, '[2JWeb cam');
  });

  test('is empty when the machine has no video devices', async () => {
    assert.deepEqual(await list({}), []);
  });
});
