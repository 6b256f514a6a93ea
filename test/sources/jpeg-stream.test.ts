import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type CapturedFrame, defaultFrameLimits } from '../../src/protocol/frame.ts';
import { JpegStream, type JpegStreamOptions } from '../../src/sources/jpeg-stream.ts';
import { SkipLog } from '../../src/sources/skip-log.ts';
import type { ByteInput, ByteListener } from '../../src/system/byte-input.ts';
import { readMonotonicUs } from '../../src/system/clock.ts';
import { tinyJpeg } from '../support/jpeg.ts';
import { LineLog } from '../support/trial-log.ts';

const jpeg = tinyJpeg(64, 48, 1000);

/** An input whose bytes come when the test says so. */
class TrialInput implements ByteInput {
  #listener: ByteListener | undefined;
  isPaused = true;
  isClosed = false;

  open(listener: ByteListener): void {
    this.#listener = listener;
    this.isPaused = false;
  }

  resume(): void {
    this.isPaused = false;
  }

  close(): void {
    this.isClosed = true;
  }

  write(bytes: Uint8Array): void {
    this.isPaused = this.#listener?.chunk(bytes) === false;
  }

  end(error?: Error): void {
    this.#listener?.ended(error);
  }
}

function open(options: Partial<JpegStreamOptions> = {}) {
  const input = new TrialInput();
  const stream = new JpegStream(input, { limits: defaultFrameLimits, onSkipped: () => undefined, ...options });
  return { input, stream };
}

describe('JpegStream', () => {
  test('gives a picture the time of its first bytes when the others come later', async () => {
    const { input, stream } = open();
    const first = stream.next();
    input.write(jpeg.subarray(0, 400));
    const betweenUs = readMonotonicUs();
    for (const piece of [jpeg.subarray(400, 700), jpeg.subarray(700), jpeg]) input.write(piece);
    const frames = [(await first).value, (await stream.next()).value];
    for (const frame of frames) {
      assert.deepEqual([frame?.width, frame?.height, frame?.jpeg.length], [64, 48, jpeg.length]);
    }
    const times = frames.map((frame) => frame?.capturedMonotonicUs ?? 0);
    const [begun = 0, next = 0] = times;
    assert.ok(begun <= betweenUs && next >= betweenUs, `${times} around ${betweenUs}`);
  });

  test('gives the same pictures however the bytes are cut, and never writes to them later', async () => {
    const stretch = fc.oneof(
      fc.record({ side: fc.integer({ min: 1, max: 99 }), bytes: fc.integer({ min: 0, max: 3000 }) }),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => bytes.map((byte) => byte & 0x7f)),
    );
    const stretches = fc.array(stretch, { minLength: 1, maxLength: 12 });
    const cuts = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(stretches, cuts, fc.boolean(), async (parts, lengths, isOneBuffer) => {
        const made = parts.map((part) =>
          part instanceof Uint8Array ? part : tinyJpeg(part.side, part.side, part.bytes),
        );
        const bytes = new Uint8Array(Buffer.concat(made));
        let skippedBytes = 0;
        const { input, stream } = open({
          onSkipped: (skipped) => {
            skippedBytes += skipped.bytes;
          },
        });
        const frames = collect(stream);
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const end = at + (lengths[i % lengths.length] ?? 1);
          input.write(isOneBuffer ? bytes.subarray(at, end) : bytes.slice(at, end));
          at = end;
        }
        input.end();
        const expected = made.filter((_, i) => !(parts[i] instanceof Uint8Array));
        const found = (await frames).map((frame) => Buffer.from(frame.jpeg).toString('hex'));
        assert.deepEqual(
          found,
          expected.map((one) => Buffer.from(one).toString('hex')),
        );
        const pictureBytes = expected.reduce((sum, one) => sum + one.length, 0);
        assert.equal(skippedBytes, bytes.length - pictureBytes);
      }),
      { numRuns: 60 },
    );
  });

  test('copies no picture whose pieces follow one another in a buffer that is a few pictures long', async () => {
    const buffer = new Uint8Array(Buffer.concat(Array(7).fill(tinyJpeg(64, 48, 9000))));
    const { input, stream } = open();
    const frames = collect(stream);
    for (let at = 0; at < buffer.length; at += 3000) input.write(buffer.subarray(at, at + 3000));
    input.end();
    for (const frame of await frames) assert.equal(frame.jpeg.buffer, buffer.buffer);
  });

  test('copies a picture out of a buffer of which it is a small part', async () => {
    const buffer = new Uint8Array(10 * jpeg.length);
    buffer.set(jpeg);
    const { input, stream } = open();
    const first = stream.next();
    input.write(buffer);
    const { value } = await first;
    assert.equal(value?.jpeg.buffer.byteLength, jpeg.length);
  });

  test('pauses its input when a picture waits and more bytes come, and goes on when all are taken', async () => {
    const { input, stream } = open();
    const first = stream.next();
    input.write(jpeg);
    assert.equal(input.isPaused, false);
    await first;
    // One picture waits for the reader now, and then two.
    input.write(jpeg);
    assert.equal(input.isPaused, false);
    input.write(jpeg);
    assert.equal(input.isPaused, true);
    await stream.next();
    assert.equal(input.isPaused, true);
    await stream.next();
    assert.equal(input.isPaused, true);
    const last = stream.next();
    assert.equal(input.isPaused, false);
    input.write(jpeg);
    assert.equal((await last).done, false);
  });

  test('gives the pictures that wait and then the error when its input breaks', async () => {
    const ends: unknown[] = [];
    const conclude = (error: Error | undefined, frames: number) => {
      ends.push([error?.message, frames]);
      return new Error('told');
    };
    const { input, stream } = open({ conclude });
    const first = stream.next();
    input.write(new Uint8Array(Buffer.concat([jpeg, jpeg])));
    input.end(new Error('broken'));
    assert.equal((await first).done, false);
    assert.equal((await stream.next()).done, false);
    await assert.rejects(stream.next(), /^Error: told$/);
    assert.deepEqual(ends, [['broken', 2]]);
    assert.equal((await stream.next()).done, true);
    assert.equal(input.isClosed, true);
  });

  test('ends with the error of an input that cannot be opened', async () => {
    const { input, stream } = open();
    input.open = () => {
      throw new Error('no pipe');
    };
    await assert.rejects(stream.next(), /^Error: no pipe$/);
    assert.equal((await stream.next()).done, true);
  });

  test('ends at once when it is told to return, and its reader waits for no picture', async () => {
    const { input, stream } = open();
    const first = stream.next();
    await stream.return();
    assert.deepEqual([(await first).done, input.isClosed], [true, true]);
    input.write(jpeg);
    assert.equal((await stream.next()).done, true);
  });

  test('rejects an input of H.264, and one that gives no picture for too long', async () => {
    for (const [bytes, message] of [
      [Uint8Array.of(0, 0, 0, 1, 0x67, 1, 2, 3), /^Error: H\.264, and JPEGs are needed$/],
      [new Uint8Array(2 ** 24 + 1), /^Error: no picture, which must come within 16777216 bytes$/],
    ] as const) {
      const { input, stream } = open();
      const first = stream.next();
      input.write(bytes);
      await assert.rejects(first, message);
      assert.equal(input.isClosed, true);
    }
  });
});

async function collect(stream: JpegStream): Promise<CapturedFrame[]> {
  const frames: CapturedFrame[] = [];
  for await (const frame of stream) frames.push(frame);
  return frames;
}

test('a SkipLog tells of the 1st, 2nd, 4th and 8th stretch when many are skipped', () => {
  const log = new LineLog();
  const skipLog = new SkipLog(log, 'the test');
  for (let i = 0; i < 9; i++) skipLog.add({ bytes: 10, code: 'PICTURE_TOO_LARGE', reason: 'it is large' });
  assert.deepEqual([skipLog.pieces, skipLog.bytes], [9, 90]);
  assert.equal(log.lines.length, 4);
  assert.equal(log.lines[0], 'skipped 10 bytes of the test: it is large (--max-size) [PICTURE_TOO_LARGE]');
  assert.match(log.lines[3] ?? '', /; 8 pieces, 80 bytes, so far$/);
});
