import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, test } from 'node:test';
import { ProtocolError } from '../../../src/protocol/errors.ts';
import { tinyJpeg } from '../../support/jpeg.ts';
import { TrialConversation } from './trial-conversation.ts';

const [first, second] = [tinyJpeg(64, 48, 200), tinyJpeg(32, 24, 300)];

describe('ProtocolDetector', () => {
  test('takes JPEGs back to back as frames without a time, numbered from 1', async () => {
    const trial = new TrialConversation();
    await trial.send(Buffer.concat([first, second]));
    const frames = trial.receiver.frames.map(({ jpeg, ...frame }) => ({ ...frame, jpeg: Buffer.from(jpeg) }));
    assert.deepEqual(
      frames.map(({ sequence, capturedAtUs, latency, stream, width }) => ({
        sequence,
        capturedAtUs,
        latency,
        stream,
        width,
      })),
      [
        { sequence: 1, capturedAtUs: undefined, latency: undefined, stream: undefined, width: 64 },
        { sequence: 2, capturedAtUs: undefined, latency: undefined, stream: undefined, width: 32 },
      ],
    );
    assert.ok(frames[0]?.jpeg.equals(first) && frames[1]?.jpeg.equals(second));
    const { name, latency, bytes } = trial.sender;
    assert.deepEqual([name, latency.jitterUs, latency.percentiles], [undefined, undefined, undefined]);
    assert.equal(bytes, first.length + second.length);
    assert.deepEqual([trial.written, trial.closingText()], ['', undefined]);
  });

  test('takes JPEGs that come byte by byte', async () => {
    const trial = new TrialConversation();
    for (const byte of Buffer.concat([first, second])) await trial.send(Uint8Array.of(byte));
    assert.deepEqual(trial.receiver.taken, [1, 2]);
  });

  test('knows a sender of JPEGs by its first whole picture, and what it began by its first two bytes', async () => {
    const trial = new TrialConversation();

    const look = () => [trial.protocol.hasStarted, trial.protocol.isSender, trial.protocol.isWithinFrame];
    assert.deepEqual(look(), [false, false, false]);
    await trial.send(first.subarray(0, 1));
    assert.deepEqual(look(), [false, false, true]);
    await trial.send(first.subarray(1, 10));
    assert.deepEqual(look(), [true, false, true]);
    await trial.send(first.subarray(10));
    assert.deepEqual(look(), [true, true, false]);
  });

  test('counts what is skipped', async () => {
    const trial = new TrialConversation();
    await trial.send(Buffer.concat([first, Buffer.from('garbage'), second, second.subarray(0, -2), first]));
    assert.deepEqual([trial.receiver.taken, trial.sender.skipped], [[1, 2, 3], 2]);
  });

  test('makes the next picture wait when the sinks do', async () => {
    const trial = new TrialConversation();
    trial.receiver.answer = undefined;
    const steps = trial.protocol.receive(Buffer.concat([first, second]));
    assert.ok(steps.next().value instanceof Promise);
    assert.deepEqual(trial.receiver.taken, [1]);
    assert.ok(steps.next().value instanceof Promise);
    assert.deepEqual(trial.receiver.taken, [1, 2]);
    await trial.receiver.finish();
    await trial.receiver.finish();
  });

  test('hands nothing over any more when a picture was not taken, and calls nothing behind it torn', async () => {
    const trial = new TrialConversation();
    trial.receiver.answer = false;
    await trial.send(Buffer.concat([first, second]));
    trial.receiver.answer = true;
    await trial.send(second);
    await trial.send(Buffer.concat([second.subarray(20), second]));
    assert.deepEqual(trial.receiver.taken, [1]);
    assert.equal(trial.sender.skipped, 0);
  });

  test('rejects H.264 and says how to get JPEGs', async () => {
    for (const code of ['0000000167640028', '0000016764']) {
      const trial = new TrialConversation();
      await assert.rejects(trial.send(Buffer.from(code, 'hex')), {
        code: 'NOT_JPEG',
        message: /H\.264.*--codec mjpeg/,
      });
    }
  });

  test('says that a connection was torn when it ends within its first bytes or a picture', async () => {
    for (const bytes of [first.subarray(0, 1), first.subarray(0, 100), Uint8Array.of(0, 0, 0)]) {
      const trial = new TrialConversation();
      await trial.send(bytes);
      await assert.rejects(trial.finish(), { code: 'TORN_FRAME' });
      assert.equal(trial.sender.skipped, 0);
    }
    const trial = new TrialConversation();
    await trial.send(first);
    await trial.finish();
  });

  test('says nothing to a client that has not said anything', () => {
    const trial = new TrialConversation();
    assert.equal(trial.closingText(new ProtocolError('NO_FRAME', 'No frame header came')), undefined);
  });
});
