import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { CameraRegistry } from '../../../src/frames/camera-registry.ts';
import { parseFileNames } from '../../../src/sinks/save/file-names.ts';
import { SaveProcessor } from '../../../src/sinks/save/save-processor.ts';
import { makeReceived, makeSender, range } from '../../support/frames.ts';
import { LineLog } from '../../support/trial-log.ts';

describe('EarlierPictures', async () => {
  const root = await mkdtemp(join(tmpdir(), 'image-socket-earlier-'));
  after(() => rm(root, { recursive: true, force: true }));

  /** A receiver that knows no camera yet. The senders come in that order, and send by turns. */
  async function run(directory: string, pattern: string, order: readonly string[], sequences: readonly number[]) {
    const log = new LineLog();
    const cameras = new CameraRegistry();
    const processor = await SaveProcessor.open(parseFileNames(`${directory}/${pattern}`), undefined, log);
    const senders = order.map((stream) => {
      const connection = makeSender({ name: 'pi', stream, delivery: 'every' });
      return { connection, camera: cameras.connected(connection), jpeg: new TextEncoder().encode(stream) };
    });
    for (const sequence of sequences) {
      for (const { connection, camera, jpeg } of senders) {
        const frame = makeReceived({ connection, sequence, jpeg, capturedAtUs: sequence });
        await (await processor.process(frame, camera))?.settled;
      }
    }
    const files = await readdir(directory, { recursive: true });
    return { count: files.filter((name) => name.endsWith('.jpg')).length, lines: log.lines };
  }

  for (const pattern of ['{name}/{utc}-{sequence}.jpg', '{date}/{time}-{name}.jpg']) {
    test(`knows the pictures of two senders of one name that come in the other order: ${pattern}`, async () => {
      const directory = await mkdtemp(join(root, 'swapped-'));
      await run(directory, pattern, ['a-1', 'b-1'], range(1, 5));
      const { count, lines } = await run(directory, pattern, ['b-1', 'a-1'], range(1, 8));
      assert.equal(count, 16);
      assert.match(lines.join('\n'), /^pi-2 sent 5 frames again that are saved already under another key: dropped$/m);
    });
  }

  test('saves the pictures of another run of the sender, and those that are none of before', async () => {
    const directory = await mkdtemp(join(root, 'others-'));
    const pattern = '{name}/{stream}-{utc}.jpg';
    await run(directory, pattern, ['a-1', 'b-1'], range(1, 5));
    assert.equal((await run(directory, pattern, ['b-2', 'a-2'], range(1, 5))).count, 20);
  });
});
