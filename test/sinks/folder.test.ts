import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';
import type { ReceivedFrame, Sender } from '../../src/link/receiving/received-frame.ts';
import { FolderWorker, fileName } from '../../src/sinks/folder.ts';
import { makeReceived, makeSender } from '../support/frames.ts';

const times = { capturedAtUs: 999_999_999_999_007, receivedAtUs: 1_000_000_000_000_007 };
const stream = 'pi-01-k3x9f2ab';

function makeFrame(sender: Partial<Sender>): ReceivedFrame {
  return makeReceived({ ...times, number: 7, sender: makeSender(sender) });
}

describe('fileName', () => {
  test('holds address, time of reception and number on the classic wire, and sorts by them', () => {
    const names = ['192.168.1.2:5000', '[fe80::1%eth0]:5000'].map((address) => fileName(makeFrame({ address })));
    assert.deepEqual(names, [
      '192.168.1.2-5000_20010909T014640_000007Z_000007.jpg',
      'fe80-1-eth0-5000_20010909T014640_000007Z_000007.jpg',
    ]);
  });

  test('holds what its sender calls itself where pictures come alone, as far as it may stand there', () => {
    const plain = { ...makeFrame({ address: '192.168.1.2:5000', name: 'garden' }), capturedAtUs: undefined };
    const rest = '_20010909T014640_000007Z_000007.jpg';
    assert.equal(fileName(plain), `garden${rest}`);
    for (const [name, shown] of [
      ['../../etc/x y', 'etc-x-y'],
      ['.hidden', 'hidden'],
      ['...', '192.168.1.2-5000'],
      [undefined, '192.168.1.2-5000'],
    ]) {
      assert.equal(fileName({ ...plain, sender: { ...plain.sender, name } }), `${shown}${rest}`);
    }
  });

  test('holds stream, time of capture and number on wire 2', () => {
    assert.equal(fileName(makeFrame({ name: 'pi', stream })), `${stream}_20010909T014639_999007Z_000007.jpg`);
  });

  test('is the same when a frame comes again over another connection, and when its sender says its name later', () => {
    const first = makeFrame({ address: '10.0.0.1:5000', stream });
    const again = makeFrame({ address: '10.0.0.2:6000', stream, name: 'pi' });
    assert.equal(fileName(first), fileName({ ...again, receivedAtUs: 0 }));
  });

  test('leads out of no folder, whatever the sender is called', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ unit: 'binary' }), (address, name) => {
        assert.match(fileName(makeFrame({ address, name })), /^[-0-9A-Za-z.]*_20010909T014640_000007Z_000007\.jpg$/);
      }),
    );
  });
});

describe('FolderWorker', async () => {
  const root = await mkdtemp(join(tmpdir(), 'image-socket-folder-'));
  after(() => rm(root, { recursive: true, force: true }));
  let count = 0;

  async function open() {
    const directory = join(root, String(count++), 'deep');
    return { directory, worker: await FolderWorker.open(directory) };
  }

  /** Nothing can be written any more: a file is in the place of the folder. */
  async function breakFolder(directory: string): Promise<void> {
    await rename(directory, `${directory}-away`);
    await writeFile(directory, '');
  }

  test('writes a frame under its name, and nothing else is left', async () => {
    const { directory, worker } = await open();
    const frame = { ...makeFrame({ name: 'pi', stream }), jpeg: Uint8Array.of(1, 2, 3) };
    await worker.work(frame);
    await worker.work(frame);
    assert.deepEqual(await readdir(directory), [fileName(frame)]);
    assert.deepEqual([...(await readFile(join(directory, fileName(frame))))], [1, 2, 3]);
  });

  test('says what it cannot write and why, and leaves nothing half done', async () => {
    const { directory, worker } = await open();
    await breakFolder(directory);
    await assert.rejects(worker.work(makeFrame({ stream })), {
      code: 'OUTPUT_FAILED',
      message: /^Cannot save .*\.jpg: /,
    });
    assert.deepEqual(await readdir(`${directory}-away`), []);
  });

  test('refuses a folder that cannot be made', async () => {
    const path = join(root, 'file');
    await writeFile(path, '');
    await assert.rejects(FolderWorker.open(join(path, 'x')), { code: 'OUTPUT_FAILED' });
  });
});
