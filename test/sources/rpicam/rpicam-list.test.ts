import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { CameraInfo } from '../../../src/sources/camera-info.ts';
import { listCsiCameras, parseCsiCameras } from '../../../src/sources/rpicam/rpicam-list.ts';
import { FakeRpicam } from '../../support/fake-rpicam/fake-rpicam.ts';

const goesOn = new AbortController().signal;

const twoCameras = `Available cameras
-----------------
0 : imx708_wide [4608x2592 10-bit RGGB] (/base/axi/pcie@120000/rp1/i2c@88000/imx708@1a)
    Modes: 'SRGGB10_CSI2P' : 1536x864 [120.13 fps - (768, 432)/3072x1728 crop]
                             2304x1296 [56.03 fps - (0, 0)/4608x2592 crop]
                             4608x2592 [14.35 fps - (0, 0)/4608x2592 crop]

1 : imx219 [3280x2464] (/base/soc/i2c0mux/i2c@1/imx219@10)
    Modes: 'SRGGB10_CSI2P' : 640x480 [206.65 fps - (1000, 752)/1280x960 crop]
                             3280x2464 [21.19 fps - (0, 0)/3280x2464 crop]
           'SRGGB8' : 640x480 [nan fps - (1000, 752)/1280x960 crop]

`;

const listed: CameraInfo[] = [
  {
    source: 'rpicam',
    id: '0',
    name: 'imx708_wide',
    formats: [
      {
        name: 'SRGGB10_CSI2P',
        sizes: [
          { width: 1536, height: 864, rates: [120.13] },
          { width: 2304, height: 1296, rates: [56.03] },
          { width: 4608, height: 2592, rates: [14.35] },
        ],
      },
    ],
    problem: undefined,
  },
  {
    source: 'rpicam',
    id: '1',
    name: 'imx219',
    formats: [
      {
        name: 'SRGGB10_CSI2P',
        sizes: [
          { width: 640, height: 480, rates: [206.65] },
          { width: 3280, height: 2464, rates: [21.19] },
        ],
      },
      { name: 'SRGGB8', sizes: [{ width: 640, height: 480, rates: [] }] },
    ],
    problem: undefined,
  },
];

function describeSizes(text: string): string[] {
  return parseCsiCameras(text).flatMap(({ formats }) =>
    formats.flatMap(({ name, sizes }) =>
      sizes.map(({ width, height, rates }) => `${name} ${width}x${height} ${rates.join()}`.trim()),
    ),
  );
}

describe('parseCsiCameras', () => {
  test('gives names, formats, sizes and rates when two cameras are listed', () => {
    assert.deepEqual(parseCsiCameras(twoCameras), listed);
    assert.deepEqual(parseCsiCameras(twoCameras.replaceAll('\n', '\r\n')), listed);
  });

  test('understands what older versions print', () => {
    const old = "0 : imx477 [4056x3040] (/base/imx477@1a)\n    Modes: 'SRGGB10_CSI2P' : 1332x990 \n";
    assert.deepEqual(describeSizes(`${old}           'SRGGB12_CSI2P' : 2028x1080 2028x1520 4056x3040\n`), [
      'SRGGB10_CSI2P 1332x990',
      'SRGGB12_CSI2P 2028x1080',
      'SRGGB12_CSI2P 2028x1520',
      'SRGGB12_CSI2P 4056x3040',
    ]);
    assert.deepEqual(
      describeSizes(`${old}           'SRGGB12_CSI2P' : 2028x1080 (50.00 fps), 4056x3040 (10.00 fps)\n`),
      ['SRGGB10_CSI2P 1332x990', 'SRGGB12_CSI2P 2028x1080 50', 'SRGGB12_CSI2P 4056x3040 10'],
    );
  });

  test('gives no camera when there is none', () => {
    assert.deepEqual(parseCsiCameras('No cameras available!\n'), []);
    assert.deepEqual(parseCsiCameras(''), []);
  });

  test('skips what it does not understand', () => {
    const text = twoCameras
      .replace('    Modes:', 'WARNING: 640x480 is odd\n    Modes:')
      .replace('\n\n1', '\n\n    Available controls for 4608x2592 SRGGB10_CSI2P mode:\n    ---\n    Gain : [1..16]\n1');
    assert.deepEqual(parseCsiCameras(text), listed);
    assert.deepEqual(parseCsiCameras("    Modes: 'SRGGB8' : 640x480 [30 fps]\n640x480\n"), []);
    assert.deepEqual(parseCsiCameras('0 : imx708\n')[0]?.name, 'imx708');
  });

  test('gives names without characters that a terminal obeys', () => {
    assert.deepEqual(parseCsiCameras('0 : a\x1b[2Jb\u202e [1x1]\n')[0]?.name, 'a [2Jb');
    assert.deepEqual(parseCsiCameras('0 : a\x07\x9bb\u202e(x)\n')[0]?.name, 'a b (x)');
  });

  test('leaves out USB cameras, whose sizes belong to nobody else', () => {
    const usb = `1 : H264 USB Camera: USB Camera [1920x1080] (/base/soc/usb@7e980000/usb1@1-1.2:1.0-32e4:9422)
    Modes: 'MJPEG' : 320x240 352x288\n`;
    assert.deepEqual(
      parseCsiCameras(twoCameras.replace('1 : imx219', `${usb}2 : imx219`)),
      listed.map((camera, i) => ({ ...camera, id: i === 0 ? '0' : '2' })),
    );
  });

  test('never fails, whatever is printed', () => {
    const piece = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...twoCameras.split(/(?=[ \n])/)));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 200 }), (pieces) => {
        for (const { formats, name } of parseCsiCameras(pieces.join(''))) {
          assert.ok(name.length <= 80);
          for (const size of formats.flatMap(({ sizes }) => sizes)) assert.ok(size.width >= 0 && size.height >= 0);
        }
      }),
    );
  });
});

describe('listCsiCameras', () => {
  async function list(script: string, name = 'rpicam-vid', timeoutMs = 20_000) {
    await using fake = await FakeRpicam.open();
    await fake.install(name, script);
    return await listCsiCameras(goesOn, fake.environment, timeoutMs);
  }

  test('asks rpicam-vid, or libcamera-vid where that is all there is', async () => {
    const script = `[ "$*" = --list-cameras ] && /bin/cat <<'END'\n${twoCameras}END`;
    assert.deepEqual(await list(script), listed);
    assert.deepEqual(await list(script, 'libcamera-vid'), listed);
  });

  test('gives undefined when neither is installed', async () => {
    assert.equal(await list('exit 0', 'rpicam-hello'), undefined);
  });

  test('gives no camera when rpicam-vid finds none', async () => {
    assert.deepEqual(await list('echo "No cameras available!"'), []);
  });

  test('fails with the status and the last words when rpicam-vid fails', async () => {
    await assert.rejects(list('echo "ERROR: *** it is ill ***" >&2; exit 255'), {
      code: 'SOURCE_FAILED',
      message: 'Cannot list the camera modules: rpicam-vid ended with status 255; it said: ERROR: *** it is ill ***',
    });
    await assert.rejects(list('kill -SEGV $$'), /rpicam-vid was ended by SIGSEGV$/);
  });

  test('gives what was listed when rpicam-vid fails after that', async () => {
    assert.deepEqual(await list(`/bin/cat <<'END'\n${twoCameras}END\nkill -SEGV $$`), listed);
  });

  test('fails when rpicam-vid takes too long', async () => {
    await assert.rejects(list('exec /bin/sleep 60', 'rpicam-vid', 200), /rpicam-vid did not end within 0\.2 s$/);
  });

  test('gives none when it is stopped', async () => {
    await using fake = await FakeRpicam.open();
    await fake.install('rpicam-vid', 'exec /bin/sleep 60');
    const stop = new AbortController();
    const cameras = listCsiCameras(stop.signal, fake.environment);
    stop.abort();
    assert.deepEqual(await cameras, []);
  });

  test('reads no more than there can be when rpicam-vid prints without end', async () => {
    const script = `/bin/cat <<'END'\n${twoCameras}END\nwhile :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done`;
    assert.deepEqual(await list(script), listed);
  });
});
