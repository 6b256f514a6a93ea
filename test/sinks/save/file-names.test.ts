import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { CameraRegistry } from '../../../src/frames/camera-registry.ts';
import type { ConnectionStats, ReceivedFrame } from '../../../src/frames/received-frame.ts';
import { Sampler } from '../../../src/sinks/sampler.ts';
import { defaultName, parseFileNames } from '../../../src/sinks/save/file-names.ts';
import { makeReceived, makeSender } from '../../support/frames.ts';

const times = { capturedAtUs: 999_999_999_999_007, receivedAtUs: 1_000_000_000_000_007 };
const stream = 'pi-01-k3x9f2ab';

function makeFrame(sender: Partial<ConnectionStats>): ReceivedFrame {
  return makeReceived({ ...times, sequence: 7, connection: makeSender(sender) });
}

function format(pattern: string, frame: ReceivedFrame): string {
  return parseFileNames(pattern).format(frame, new CameraRegistry().connected(frame.connection));
}

describe('defaultName', () => {
  test('holds address, time of reception and sequence on the classic wire, and sorts by them', () => {
    const names = ['192.168.1.2:5000', '[fe80::1%eth0]:5000'].map((address) => defaultName(makeFrame({ address })));
    assert.deepEqual(names, [
      '192.168.1.2-5000_20010909T014640_000007Z_000007.jpg',
      'fe80-1-eth0-5000_20010909T014640_000007Z_000007.jpg',
    ]);
  });

  test('holds what its sender calls itself where pictures come alone, as far as it may stand there', () => {
    const plain = { ...makeFrame({ address: '192.168.1.2:5000', name: 'garden' }), capturedAtUs: undefined };
    const rest = '_20010909T014640_000007Z_000007.jpg';
    assert.equal(defaultName(plain), `garden${rest}`);
    for (const [name, shown] of [
      ['../../etc/x y', 'etc-x-y'],
      ['.hidden', 'hidden'],
      ['...', '192.168.1.2-5000'],
      [undefined, '192.168.1.2-5000'],
    ]) {
      assert.equal(defaultName({ ...plain, connection: { ...plain.connection, name } }), `${shown}${rest}`);
    }
  });

  test('holds stream, time of capture and sequence on wire 2', () => {
    assert.equal(defaultName(makeFrame({ name: 'pi', stream })), `${stream}_20010909T014639_999007Z_000007.jpg`);
  });

  test('is the same when a frame comes again over another connection, and when its sender says its name later', () => {
    const first = makeFrame({ address: '10.0.0.1:5000', stream });
    const again = makeFrame({ address: '10.0.0.2:6000', stream, name: 'pi' });
    assert.equal(defaultName(first), defaultName({ ...again, receivedAtUs: 0 }));
  });

  test('leads out of no folder, whatever the sender is called', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ unit: 'binary' }), (address, name) => {
        const made = defaultName(makeFrame({ address, name }));
        assert.match(made, /^[-0-9A-Za-z.]*_20010909T014640_000007Z_000007\.jpg$/);
        assert.ok(parseFileNames('pictures').isOurs(made));
      }),
    );
  });
});

describe('parseFileNames', () => {
  test('knows whether sequences alone tell the files of a camera apart', () => {
    const patterns = [
      'p',
      'p/{name}/{sequence}.jpg',
      'p/{date}/{name}-{sequence}.jpg',
      'p/{time}-{sequence}.jpg',
      'p/{stream}/{sequence}.jpg',
      'p/{name}.jpg',
    ];
    assert.deepEqual(
      patterns.map((pattern) => parseFileNames(pattern).isRepeating),
      [false, true, true, false, true, false],
    );
  });

  test('fills in the fields of a pattern, in local time', () => {
    const date = new Date(times.capturedAtUs / 1000);
    const local = `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}-${String(date.getDate()).padStart(2, '0')}`;
    const hours = String(date.getHours()).padStart(2, '0');
    const minutes = String(date.getMinutes()).padStart(2, '0');
    const frame = makeFrame({ name: 'pi', stream });
    assert.equal(
      format('pics/{name}/{date}/{time}-{sequence}.jpg', frame),
      `pi/${local}/${hours}-${minutes}-39.999007-000007.jpg`,
    );
    assert.equal(format('/a/b/{hour}/{stream}_{utc}.jpeg', frame), `${hours}/${stream}_20010909T014639_999007Z.jpeg`);
  });

  test('takes the part before the first field as the folder', () => {
    const roots = ['pics/{name}.jpg', '{name}/x.jpg', '/{sequence}.jpg', '/a/b/c{sequence}.jpg', 'pics'].map((text) => {
      return parseFileNames(text).root;
    });
    assert.deepEqual(roots, ['pics', '.', '/', '/a/b', 'pics']);
  });

  test('knows its own files again, and no others', () => {
    const names = parseFileNames('p/{name}/{date}/{time}-{sequence}.jpg');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 2 ** 40 }), (name, sequence) => {
        const frame = { ...makeFrame({ name, stream }), sequence };
        const path = names.format(frame, new CameraRegistry().connected(frame.connection));
        assert.ok(names.isOurs(path), path);
      }),
    );
    for (const path of [
      'pi/notes.txt',
      'holiday.jpg',
      'pi/2026-01-31/x.jpg',
      '../pi/2026-01-31/13-59-59.123456-000001.jpg',
    ]) {
      assert.equal(names.isOurs(path), false, path);
    }
  });

  test('refuses what is no pattern, and says what would be', () => {
    for (const [text, message] of Object.entries({
      '{name}.png': /end with \.jpg/,
      'p/{nmae}.jpg': /no other fields than \{name\} \{date\}/,
      'p/{name.jpg': /no other fields/,
      'p/{name}/../x.jpg': /names between slashes/,
      'p/{name}//x.jpg': /names between slashes/,
    })) {
      assert.throws(() => parseFileNames(text), { message }, text);
    }
  });
});

describe('Sampler', () => {
  const { connection } = makeFrame({ name: 'pi', stream });
  const camera = new CameraRegistry().connected(connection);
  const at = (seconds: number) => makeReceived({ connection, receivedAtUs: seconds * 1e6 });

  test('picks every so many frames of each camera, the first among them', () => {
    const sampler = new Sampler({ frames: 3 });
    const other = new CameraRegistry().connected(makeSender());
    const picked = [0, 1, 2, 3, 4, 5, 6].map((second) => sampler.picks(at(second), camera));
    assert.deepEqual(picked, [true, false, false, true, false, false, true]);
    assert.equal(sampler.picks(at(7), other), true);
  });

  test('picks the first frame after so long, also when the clock is set back', () => {
    const sampler = new Sampler({ ms: 2000 });
    const seconds = [100, 101, 101.9, 102, 103, 50, 51, 52];
    assert.deepEqual(
      seconds.map((second) => sampler.picks(at(second), camera)),
      [true, false, false, true, false, true, false, true],
    );
  });
});
