import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { isDeno } from '../../src/system/runtime.ts';
import { SlabInput } from '../../src/system/slab-input.ts';
import { until } from '../support/until.ts';

/** As the pipe source, which reads another way under Deno. */
const skip = isDeno();

/** A pipe: an input at its end, and the other end. */
async function openPipe() {
  const folder = await mkdtemp(join(tmpdir(), 'slab-input-'));
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const input = new SlabInput(openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
  const writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  let isOpen = true;
  const end = () => {
    if (isOpen) closeSync(writer);
    isOpen = false;
  };
  const close = async () => {
    end();
    input.close();
    await rm(folder, { recursive: true });
  };
  return { input, writer, end, [Symbol.asyncDispose]: close };
}

/** Writes as much as the pipe takes. Returns how much that is. */
function writeSome(fd: number, bytes: Uint8Array): number {
  try {
    return writeSync(fd, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
    throw error;
  }
}

describe('SlabInput', { skip }, () => {
  test('gives all bytes of a pipe, one behind the other in memory, and writes to none of them later', async () => {
    await using pipe = await openPipe();
    const sent = Buffer.from(Uint8Array.from({ length: 3_000_000 }, (_, i) => (i * 7) ^ (i >> 9)));
    const chunks: Uint8Array[] = [];
    let ends = 0;
    pipe.input.open({
      chunk: (bytes) => {
        chunks.push(bytes);
        return true;
      },
      ended: (error) => {
        assert.equal(error, undefined);
        ends++;
      },
    });
    for (let at = 0; at < sent.length; await turn()) at += writeSome(pipe.writer, sent.subarray(at, at + 50_000));
    pipe.end();
    await until(() => ends > 0, 'the end of the pipe');
    assert.ok(Buffer.concat(chunks).equals(sent));
    assert.equal(ends, 1);
    for (const [i, chunk] of chunks.entries()) {
      const before = chunks[i - 1];
      if (before === undefined || before.buffer !== chunk.buffer) assert.equal(chunk.byteOffset, 0);
      else assert.equal(chunk.byteOffset, before.byteOffset + before.length);
    }
    const slabs = new Set(chunks.map(({ buffer }) => buffer));
    assert.ok(slabs.size <= Math.ceil(sent.length / (2 ** 19 - 2 ** 16)), `${slabs.size} slabs`);
  });

  test('reads nothing while it is paused, and all of it afterwards', async () => {
    await using pipe = await openPipe();
    let isGoing = false;
    let read = 0;
    pipe.input.open({
      chunk: (bytes) => {
        read += bytes.length;
        return isGoing;
      },
      ended: () => undefined,
    });
    let sent = writeSome(pipe.writer, new Uint8Array(1000));
    await until(() => read === sent, 'the first chunk');
    // A pipe that nobody reads is full some time.
    for (let taken = 1; taken > 0; ) {
      taken = writeSome(pipe.writer, new Uint8Array(10_000));
      sent += taken;
      for (let i = 0; i < 3; i++) await turn();
    }
    assert.equal(read, 1000);
    isGoing = true;
    pipe.input.resume();
    await until(() => read === sent, 'the rest');
  });

  test('calls nobody any more when it is closed', async () => {
    await using pipe = await openPipe();
    let read = 0;
    pipe.input.open({
      chunk: (bytes) => {
        read += bytes.length;
        return true;
      },
      ended: () => undefined,
    });
    pipe.input.close();
    await assert.rejects(async () => {
      for (;;) {
        writeSync(pipe.writer, 'x');
        await turn();
      }
    }, /EPIPE/);
    assert.equal(read, 0);
  });

  test('reads no file', () => {
    const fd = openSync(import.meta.filename, 'r');
    const input = new SlabInput(fd);
    assert.throws(() => input.open({ chunk: () => true, ended: () => undefined }), TypeError);
    closeSync(fd);
  });
});
