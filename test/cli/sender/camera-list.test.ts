import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatCameras } from '../../../src/cli/sender/camera-list.ts';
import type { CameraInfo, CameraSize } from '../../../src/sources/camera-info.ts';

function makeCamera(over: Partial<CameraInfo> = {}): CameraInfo {
  return { source: 'camera', id: '/dev/video0', name: 'HD Webcam', formats: [], problem: undefined, ...over };
}

function makeSizes(texts: string, ...rates: number[]): CameraSize[] {
  return texts.split(' ').map((text) => {
    const [width = 0, height = 0] = text.split('x').map(Number);
    return { width, height, rates };
  });
}

describe('list of cameras', () => {
  test('gives the command, the name, and the sizes by their rates when a camera has several', () => {
    const yuyv = [...makeSizes('640x480 320x240', 30, 15), ...makeSizes('1280x720', 7.5)];
    const mjpg = makeSizes('640x480 1280x720', 30);
    const formats = [
      { name: 'YUYV', sizes: yuyv },
      { name: 'MJPG', sizes: mjpg },
    ];
    assert.deepEqual(formatCameras([makeCamera({ formats })]), [
      'image-sender camera /dev/video0   HD Webcam',
      '    YUYV  30, 15 fps: 640x480 320x240',
      '          7.5 fps: 1280x720',
      '    MJPG  30 fps: 640x480 1280x720',
    ]);
  });

  test('has a block for each when a camera module is there too, and says what hinders one', () => {
    const problem = 'permission denied. Do something';
    const csi = makeCamera({
      source: 'rpicam',
      id: '1',
      name: 'imx708',
      formats: [{ name: 'SRGGB10', sizes: makeSizes('1536x864') }],
    });
    assert.deepEqual(formatCameras([makeCamera({ problem }), csi]), [
      'image-sender camera /dev/video0   HD Webcam',
      '    cannot be used: permission denied. Do something',
      '',
      'image-sender rpicam 1   imx708',
      '    SRGGB10  any rate: 1536x864',
    ]);
  });

  test('stays within 100 columns and leaves nothing out when a camera has very many sizes and rates', () => {
    const texts = Array.from({ length: 60 }, (_, i) => `${1000 + i}x${700 + i}`);
    const rates = Array.from({ length: 10 }, (_, i) => 60 - i);
    const lines = formatCameras([
      makeCamera({ formats: [{ name: 'MJPG', sizes: makeSizes(texts.join(' '), ...rates) }] }),
    ]);
    for (const line of lines) assert.ok(line.length <= 100 && line === line.trimEnd(), line);
    assert.deepEqual(
      lines
        .slice(1)
        .join(' ')
        .match(/\d+x\d+/g),
      texts,
    );
  });

  test('says so when there is none', () => {
    const lines = formatCameras([]);
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', /no camera/);
  });
});
