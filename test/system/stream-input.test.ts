import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { describe, test } from 'node:test';
import { StreamInput } from '../../src/system/stream-input.ts';
import { until } from '../support/until.ts';

function read(stream: Readable, { goesOn = true } = {}) {
  const seen = { chunks: [] as string[], ends: [] as (string | undefined)[] };
  const input = new StreamInput(stream);
  input.open({
    chunk: (bytes) => {
      seen.chunks.push(new TextDecoder().decode(bytes));
      return goesOn;
    },
    ended: (error) => seen.ends.push(error?.message),
  });
  return { input, seen };
}

describe('StreamInput', () => {
  test('gives the chunks of a stream and then its end, once', async () => {
    const stream = new PassThrough();
    const { seen } = read(stream);
    stream.write('one');
    stream.end('two');
    await once(stream, 'close');
    assert.deepEqual(seen, { chunks: ['one', 'two'], ends: [undefined] });
  });

  test('pauses the stream until it is resumed', async () => {
    const stream = new PassThrough();
    const { input, seen } = read(stream, { goesOn: false });
    stream.write('one');
    await until(() => stream.isPaused(), 'the pause');
    stream.write('two');
    assert.deepEqual(seen.chunks, ['one']);
    input.resume();
    await until(() => seen.chunks.length === 2, 'the second chunk');
  });

  test('ends with the error of a stream, and without one when it is destroyed', async () => {
    for (const error of [new Error('broken'), undefined]) {
      const stream = new PassThrough();
      const { seen } = read(stream);
      stream.destroy(error);
      await until(() => seen.ends.length > 0, 'the end');
      assert.deepEqual(seen.ends, [error?.message]);
    }
  });

  test('ends at once when the stream has closed before', async () => {
    const stream = Readable.from([]);
    stream.destroy();
    await once(stream, 'close');
    assert.deepEqual(read(stream).seen.ends, [undefined]);
  });
});
