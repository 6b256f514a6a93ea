import assert from 'node:assert/strict';
import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { formatRecordingName } from '../../../src/sinks/record/recording-name.ts';
import { range } from '../../support/frames.ts';
import { fakeJpeg } from '../../support/jpeg.ts';
import { makeRecorder, noonUs } from './trial-recorder.ts';

/** A receiver with a folder that others had before: it knows no camera yet. It is never closed, as one that is killed is not. */
async function restart(directory: string, segment = {}) {
  const recorder = await makeRecorder(directory);
  const processor = await recorder.open({ segment });
  const connect = (name: string, stream: string) => recorder.connect(processor, name, stream);
  return { ...recorder, processor, connect };
}

const jpegOf = (sender: number, at: number) => ({ jpeg: fakeJpeg(64, 48, 100 + 100 * sender + at) });
const inOrder = (all: number[][]) => all.flat().sort((a, b) => a - b);

describe('Duplicates', () => {
  test('knows the frames of two senders of one name that come in the other order after a restart', async () => {
    for (const names of [
      ['pi', 'pi'],
      ['A-b', 'a-b'],
    ] as const) {
      await using home = await makeRecorder();
      for (const order of [
        [0, 1],
        [1, 0],
        [0, 1],
      ] as const) {
        const { connect } = await restart(home.directory);
        const senders = order.map((i) => ({ i, ...connect(names[i], `pi-${i}`) }));
        // Both cameras have pictures of the same times.
        for (const at of range(0, 9)) for (const { i, send } of senders) await send(at * 100, jpegOf(i, at));
      }
      assert.deepEqual(
        inOrder(await home.times()),
        range(0, 9).flatMap((at) => [at * 100, at * 100]),
        names.join(),
      );
    }
  });

  test('knows the frames of a stream that went to another folder with each restart', async () => {
    await using home = await makeRecorder();
    for (const [first, last] of [
      [0, 5],
      [3, 8],
      [4, 12],
    ] as const) {
      const { connect } = await restart(home.directory);
      // Another sender takes the key.
      if (first === 3) await connect('pi', 'other').send(60_000, jpegOf(1, 0));
      const { send } = connect('pi', 'pi-0');
      for (const at of range(first, last)) await send(at * 100, jpegOf(0, at));
    }
    assert.deepEqual(inOrder(await home.times()), [...range(0, 12).map((at) => at * 100), 60_000]);
  });

  test('knows frames that fill many short files', async () => {
    await using home = await makeRecorder();
    // More than a hundred of them begin in one second.
    const all = range(0, 149);
    const first = await restart(home.directory, { frames: 1 });
    const { send } = first.connect('garden', 'garden-1');
    for (const at of all) await send(at * 5, jpegOf(0, at));
    const second = await restart(home.directory, { frames: 1 });
    const again = second.connect('garden', 'garden-1');
    for (const at of [...all, 150]) await again.send(at * 5, jpegOf(0, at));
    assert.deepEqual(
      inOrder(await home.times()),
      [...all, 150].map((at) => at * 5),
    );
    assert.match(second.lines.join('\n'), /^garden sent 150 frames again that are recorded already: dropped$/m);
  });

  test('knows later frames where an earlier one is not recorded, as its file was deleted', async () => {
    await using home = await makeRecorder();
    const first = await restart(home.directory, { frames: 2 });
    const { send } = first.connect('garden', 'garden-1');
    for (const at of range(0, 19)) await send(at * 100, jpegOf(0, at));
    const [oldest = '', , third = ''] = await home.list();
    for (const path of [oldest, third]) await rm(join(home.directory, path));
    const second = await restart(home.directory);
    const again = second.connect('garden', 'garden-1');
    for (const at of range(0, 19)) await again.send(at * 100, jpegOf(0, at));
    assert.deepEqual(
      inOrder(await home.times()),
      range(0, 19).map((at) => at * 100),
    );
  });

  test('knows frames from before and after the clock of the sender was set back', async () => {
    await using home = await makeRecorder();
    const hourMs = 3_600_000;
    const times = [hourMs, hourMs + 100, 0, 100, 200];
    for (const _ of range(1, 2)) {
      const { connect } = await restart(home.directory);
      const { send } = connect('garden', 'garden-1');
      for (const [i, at] of times.entries()) await send(at, jpegOf(0, i));
    }
    assert.deepEqual(inOrder(await home.times()), inOrder([times]));
  });

  test('knows more frames of one file than are kept in memory', async () => {
    await using home = await makeRecorder();
    const all = range(0, 4500);
    for (const _ of range(1, 2)) {
      const { connect } = await restart(home.directory);
      const { send } = connect('garden', 'garden-1');
      const picture = jpegOf(0, 0);
      for (const at of all) await send(at, picture);
    }
    assert.deepEqual((await home.times()).flat(), all);
  });

  test('says once how many files it searches where there may be more', async () => {
    await using home = await makeRecorder();
    const first = await restart(home.directory);
    await first.connect('garden', 'garden-1').send(0);
    await first.processor.close();
    const [path = ''] = await home.list();
    const startMs = noonUs / 1000;
    for (const minute of range(1, 2000)) {
      const name = formatRecordingName('garden', startMs + minute * 60_000, 1, 'mkv');
      await copyFile(join(home.directory, path), join(home.directory, name));
    }
    const second = await restart(home.directory);
    const { send } = second.connect('garden', 'garden-2');
    for (const at of [-3000, -2000, -1000]) await send(at);
    const told = second.lines.filter((line) => /in the 2000 newest files of .*garden/.test(line));
    assert.equal(told.length, 1, second.lines.join('\n'));
  });
});
