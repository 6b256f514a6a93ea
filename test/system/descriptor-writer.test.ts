import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { describe, test } from 'node:test';
import { DescriptorWriter } from '../../src/system/descriptor-writer.ts';
import { runChild } from '../support/child.ts';
import { settle } from '../support/frames.ts';
import { TrialPipe } from '../support/pipe.ts';

/** More than a pipe holds. */
const large = 300_000;
const never = new AbortController().signal;

function makeBytes(length: number, seed = 0): Uint8Array {
  return new Uint8Array(length).map((_, i) => (i * 31 + (i >> 8) + seed) & 255);
}

describe('DescriptorWriter', () => {
  test('writes all parts of a piece in their order when the pipe holds less', async () => {
    await using pipe = await TrialPipe.open();
    const writer = new DescriptorWriter(pipe.descriptor, never);
    let isWritten = false;
    const [head, body] = [makeBytes(100, 1), makeBytes(large, 2)];
    const written = writer.write([head, new Uint8Array(), body]).then(() => {
      isWritten = true;
    });
    await settle();
    assert.equal(isWritten, false);
    assert.deepEqual(await pipe.read(100), head);
    assert.deepEqual(await pipe.read(large), body);
    await written;
  });

  test('fails with EPIPE when the reader is gone, and goes on failing', async () => {
    await using pipe = await TrialPipe.open();
    const writer = new DescriptorWriter(pipe.descriptor, never);
    const failed = assert.rejects(writer.write([makeBytes(large)]), { code: 'EPIPE' });
    await pipe.read(10);
    await pipe.closeReader();
    await failed;
    await assert.rejects(writer.write([makeBytes(10)]));
    assert.equal(writer.isTorn, false);
  });

  test('gives up a reader that does not read two seconds after the stop, and not before', async () => {
    await using pipe = await TrialPipe.open();
    const stop = new AbortController();
    const writer = new DescriptorWriter(pipe.descriptor, stop.signal);
    const failed = assert.rejects(writer.write([makeBytes(large)]), { code: 'EAGAIN' });
    stop.abort();
    assert.equal(writer.isExpired, false);
    await failed;
    assert.equal(writer.isExpired, true);
    await assert.rejects(writer.write([makeBytes(10)]), { code: 'EAGAIN' });
  });

  test('lets the pipe as it was for the other programs that write to it', async () => {
    await using pipe = await TrialPipe.open();
    const readFlags = () => readFile(`/proc/self/fdinfo/${pipe.descriptor}`, 'utf8');
    const before = await readFlags();
    const writer = new DescriptorWriter(pipe.descriptor, never);
    await writer.write([makeBytes(10)]);
    assert.equal(await readFlags(), before);
  });

  test('writes to a socket, which is what standard output is for a program that Node started', async () => {
    const { href } = new URL('../../src/system/descriptor-writer.ts', import.meta.url);
    const script = `
      const { DescriptorWriter } = await import('${href}');
      const writer = new DescriptorWriter(1, new AbortController().signal);
      for (let i = 0; i < 10; i++) await writer.write([new Uint8Array(1).fill(i), new Uint8Array(${large}).fill(i)]);
      process.exit(0);`;
    const program = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const bytes: Uint8Array[] = [];
    program.stdout.on('data', (chunk: Uint8Array) => bytes.push(chunk));
    const [code] = await once(program, 'close');
    assert.equal(code, 0);
    const expected = Array.from({ length: 10 }, (_, i) => new Uint8Array(large + 1).fill(i));
    assert.ok(Buffer.concat(bytes).equals(Buffer.concat(expected)));
  });

  test('appends to a file, and names what the system says when that cannot be written', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'file-'));
    const path = join(directory, 'file');
    const file = await open(path, 'w');
    const writer = new DescriptorWriter(file.fd, never);
    await writer.write([makeBytes(10), makeBytes(large)]);
    await writer.write([makeBytes(5)]);
    await file.close();
    assert.deepEqual(await readFile(path), Buffer.concat([makeBytes(10), makeBytes(large), makeBytes(5)]));
    await rm(directory, { recursive: true });
    const full = await open('/dev/full', 'w');
    await assert.rejects(new DescriptorWriter(full.fd, never).write([makeBytes(10)]), { code: 'ENOSPC' });
    await full.close();
  });

  test('keeps the rest of a piece that a full disk has torn, to finish it when there is room', async () => {
    const { href } = new URL('../../src/system/descriptor-writer.ts', import.meta.url);
    // The limit of a file's size stands for the full disk: what fits is written, and then nothing more.
    const script = `
      process.on('SIGXFSZ', () => undefined);
      const { openSync, truncateSync, readFileSync } = await import('node:fs');
      const { DescriptorWriter } = await import('${href}');
      const path = process.argv[1];
      const writer = new DescriptorWriter(openSync(path, 'a'), new AbortController().signal);
      await writer.write([new Uint8Array(5000).fill(1)]);
      const { code } = await writer.write([new Uint8Array(4000).fill(2)]).catch((error) => error);
      const first = readFileSync(path);
      console.log(code, writer.isTorn, first.length);
      truncateSync(path, 0);
      await writer.finish();
      const rest = readFileSync(path);
      console.log(writer.isTorn, first.length + rest.length, rest.every((byte) => byte === 2));`;
    const directory = await mkdtemp(join(tmpdir(), 'full-'));
    const path = join(directory, 'file');
    const args = ['--fsize=8192', process.execPath, '--input-type=module', '-e', script, path];
    const { stdout } = await runChild('prlimit', args, 30_000);
    assert.equal(stdout, 'EFBIG true 8192\nfalse 9000 true');
    await rm(directory, { recursive: true });
  });
});
