import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { makeTlsIdentity } from '../support/certificate.ts';
import type { Child } from '../support/child.ts';
import { installPlainPrograms, readPictures, runCurl, startFfmpeg } from '../support/plain-programs.ts';
import { type Runtime, readJsonLines, readMessages, soonMs, startReceiver } from '../support/programs.ts';
import { RawClient } from '../support/raw-client.ts';
import { hash, hashSaved } from '../support/saved.ts';
import { makeFolder } from './suite.ts';

const fileName = /^(garden|porch|127\.0\.0\.1-\d+)_\d{8}T\d{6}_\d{6}Z_\d{6}\.jpg$/;

/** How ffmpeg sends: to where, by what. */
const ffmpegOutputs: Record<string, [name: string | null, arguments_: (host: string) => string[]]> = {
  'over TCP': [null, (host) => ['-f', 'mjpeg', `tcp://${host}`]],
  'as multipart by HTTP POST': ['garden', (host) => ['-f', 'mpjpeg', '-method', 'POST', `http://${host}/garden`]],
  'back to back by HTTP PUT': ['porch', (host) => ['-f', 'mjpeg', '-method', 'PUT', `http://${host}/porch`]],
};

async function startSaving(
  runtime: Runtime,
  folder: string,
  ...args: string[]
): Promise<{ receiver: Child; host: string }> {
  const { receiver, port } = await startReceiver(runtime, ['--save', folder, '--json', ...args]);
  return { receiver, host: `127.0.0.1:${port}` };
}

async function assertSuccess(child: Child): Promise<void> {
  assert.equal((await child.wait(soonMs)).code, 0, child.lines('stderr').join('\n'));
}

/** Programs that everybody has, with nothing of ours on their machine. */
export function definePlainSenders(runtime: Runtime): void {
  describe(`plain senders, receiver ${runtime}`, () => {
    let hashes: string[] = [];
    let pictures: Uint8Array[] = [];
    before(async () => {
      await installPlainPrograms();
      pictures = await readPictures();
      hashes = pictures.map(hash);
    });

    for (const [how, [name, describeOutput]] of Object.entries(ffmpegOutputs)) {
      test(`every JPEG that ffmpeg sends ${how} is saved bit by bit, in order`, async () => {
        await using folder = await makeFolder();
        const { receiver, host } = await startSaving(runtime, folder.path);
        await using _receiver = receiver;
        await using ffmpeg = await startFfmpeg([], describeOutput(host));
        await assertSuccess(ffmpeg);
        const called = name === null ? '' : `${name} \\(`;
        await receiver.waitForLine('stderr', new RegExp(`${called}127\\.0\\.0\\.1:\\d+\\)? sends pictures`), soonMs);
        const [line] = await receiver.waitForLine('stderr', /left after 50 frames \(1\.3 MB[^)]*\)(.*)$/, soonMs);
        assert.match(line, /\)$/);
        assert.equal((await receiver.stop()).code, 0);
        assert.deepEqual(await hashSaved(folder.path), hashes);
        for (const file of await readdir(folder.path)) assert.match(file, fileName);
        const frames = readJsonLines(receiver);
        assert.deepEqual(
          frames.map((frame) => [frame.sequence, frame.name, frame.stream, frame.capturedAt, frame.latencyMs]),
          hashes.map((_, i) => [i + 1, name, null, null, null]),
        );
      });
    }

    test('curl sends pictures of files one after another, over one connection', async () => {
      await using files = await makeFolder();
      await using folder = await makeFolder();
      const paths = await Promise.all(
        pictures.slice(0, 3).map(async (picture, i) => {
          const path = join(files.path, `${i}.jpg`);
          await writeFile(path, picture);
          return path;
        }),
      );
      const [a, b, c] = paths as [string, string, string];
      const { receiver, host } = await startSaving(runtime, folder.path);
      await using _receiver = receiver;
      const answers = await runCurl([
        '-T',
        a,
        `http://${host}/cam`,
        '-T',
        b,
        `http://${host}/cam`,
        '-T',
        c,
        `http://${host}/cam`,
      ]);
      assert.equal(answers.match(/^HTTP\/1\.1 204 No Content\r?$/gm)?.length, 3, answers);
      await receiver.waitForLine('stderr', /cam \(127\.0\.0\.1:\d+\) left after 3 frames/, soonMs);
      assert.deepEqual(await hashSaved(folder.path), hashes.slice(0, 3));
    });

    test('curl sends pictures of two cameras over one connection, each of which is a sender', async () => {
      await using files = await makeFolder();
      await using folder = await makeFolder();
      const transfers: string[] = [];
      const { receiver, host } = await startSaving(runtime, folder.path);
      await using _receiver = receiver;
      for (const [i, picture] of pictures.slice(0, 6).entries()) {
        const path = join(files.path, `${i}.jpg`);
        await writeFile(path, picture);
        transfers.push('-T', path, `http://${host}/${i % 2 === 0 ? 'front' : 'back'}`);
      }
      const answers = await runCurl(transfers);
      assert.equal(answers.match(/^HTTP\/1\.1 204 No Content\r?$/gm)?.length, 6, answers);
      for (let i = 0; i < 2; i++) {
        await receiver.waitForLine('stderr', /(front|back) \(127\.0\.0\.1:\d+\) left after 3 frames/, soonMs);
      }
      const frames = readJsonLines(receiver);
      assert.equal(new Set(frames.map(({ address }) => address)).size, 1);
      assert.deepEqual(
        frames.map(({ name, sequence }) => `${name} ${sequence}`),
        ['front 1', 'back 1', 'front 2', 'back 2', 'front 3', 'back 3'],
      );
    });

    test('two ffmpeg that send under one name at once are two cameras', async () => {
      await using folder = await makeFolder();
      const { receiver, host } = await startSaving(runtime, join(folder.path, '{name}_{sequence}.jpg'));
      await using _receiver = receiver;
      const output = ['-f', 'mpjpeg', '-method', 'POST', `http://${host}/garden`];
      await using first = await startFfmpeg(['-re'], output);
      await receiver.waitForLine('stdout', /"sequence":5,/, soonMs);
      await using second = await startFfmpeg([], output);
      await assertSuccess(second);
      await receiver.waitForLine('stderr', /another camera is called garden: its key here is garden-2/, soonMs);
      await assertSuccess(first);
      for (let i = 0; i < 2; i++) await receiver.waitForLine('stderr', /left after 50 frames/, soonMs);
      assert.equal((await receiver.stop()).code, 0);
      const names = await readdir(folder.path);
      const numbers = (key: string) => names.filter((name) => name.startsWith(`${key}_`)).length;
      assert.deepEqual([numbers('garden'), numbers('garden-2'), names.length], [50, 50, 100]);
    });

    const curls: Record<string, [args: (file: string) => string[], answers: RegExp]> = {
      'by POST': [(file) => ['-H', 'Expect:', '--data-binary', `@${file}`], /^HTTP\/1\.1 204 /],
      'by PUT, after it was asked to': [
        (file) => ['-H', 'Expect: 100-continue', '--expect100-timeout', '20', '-T', file],
        /^HTTP\/1\.1 100 Continue\r?\n\r?\nHTTP\/1\.1 204 /,
      ],
      'in chunks': [(file) => ['-H', 'Transfer-Encoding: chunked', '-H', 'Expect:', '-T', file], /^HTTP\/1\.1 204 /],
      'as a form': [(file) => ['-H', 'Expect:', '-F', `picture=@${file}`], /^HTTP\/1\.1 204 /],
      'by HTTP/1.0': [(file) => ['-0', '-T', file], /^HTTP\/1\.1 204 .*\nConnection: close/s],
    };
    test('curl sends pictures in every way that it knows', async () => {
      await using files = await makeFolder();
      await using folder = await makeFolder();
      const file = join(files.path, 'all.jpg');
      await writeFile(file, Buffer.concat(pictures));
      const { receiver, host } = await startSaving(runtime, folder.path);
      await using _receiver = receiver;
      for (const [how, [args, expected]] of Object.entries(curls)) {
        assert.match(await runCurl([...args(file), `http://${host}/cam`]), expected, how);
        await receiver.waitForLine('stderr', /cam \(127\.0\.0\.1:\d+\) left after 50 frames/, soonMs);
      }
      const saved = await hashSaved(folder.path);
      assert.equal(saved.length, hashes.length * Object.keys(curls).length);
      assert.deepEqual(new Set(saved), new Set(hashes));
    });

    test('ffmpeg and curl send through TLS as well', async () => {
      await using identity = await makeTlsIdentity();
      const tls = ['--tls-cert', identity.certPath, '--tls-key', identity.keyPath];
      for (const output of [
        (host: string) => ['-f', 'mjpeg', `tls://${host}`],
        (host: string) => ['-f', 'mpjpeg', '-method', 'POST', `https://${host}/garden`],
      ]) {
        await using folder = await makeFolder();
        const { receiver, host } = await startSaving(runtime, folder.path, ...tls);
        await using _receiver = receiver;
        // It never reads the tickets of TLS 1.3, so that its end may cost what is on its way then.
        await using ffmpeg = await startFfmpeg(['-re'], output(host));
        await receiver.waitForLine('stdout', /"sequence":20,/, soonMs);
        await ffmpeg.stop();
        await receiver.waitForLine('stderr', /(left|dropped) after \d+ frames/, soonMs);
        const saved = await hashSaved(folder.path);
        assert.deepEqual(saved, hashes.slice(0, saved.length));
      }
      await using files = await makeFolder();
      const file = join(files.path, 'one.jpg');
      await writeFile(file, pictures[0] ?? '');
      const { receiver, port } = await startReceiver(runtime, [...tls, '--quiet']);
      await using _receiver = receiver;
      assert.match(await runCurl(['-k', '-T', file, `https://127.0.0.1:${port}/`]), /^HTTP\/1\.1 204 /m);
      await receiver.waitForLine('stderr', /left after 1 frame /, soonMs);
    });

    test('the receiver finishes the current picture and ends with 0 when it is told to while ffmpeg sends', async () => {
      for (const output of [ffmpegOutputs['over TCP'], ffmpegOutputs['as multipart by HTTP POST']]) {
        await using folder = await makeFolder();
        const { receiver, host } = await startSaving(runtime, folder.path);
        await using _receiver = receiver;
        await using _ffmpeg = await startFfmpeg(['-re', '-stream_loop', '-1'], output?.[1](host) ?? []);
        await receiver.waitForLine('stdout', /"sequence":5/, soonMs);
        receiver.signal('SIGTERM');
        assert.deepEqual(await receiver.wait(soonMs), { code: 0, signal: null });
        assert.match(readMessages(receiver).at(-1) ?? '', /left after \d+ frames/);
        const saved = await hashSaved(folder.path);
        assert.deepEqual(saved, hashes.slice(0, saved.length));
        assert.ok(saved.length >= 5);
      }
    });

    test('H.264 is rejected in a line that says how to get JPEGs', async () => {
      const { receiver, port } = await startReceiver(runtime, ['--quiet']);
      await using _receiver = receiver;
      const output = ['-c:v', 'libx264', '-f', 'h264', `tcp://127.0.0.1:${port}`];
      await using _ffmpeg = await startFfmpeg(['-stream_loop', '-1'], output);
      await receiver.waitForLine('stderr', /dropped without a frame: .*H\.264.*--codec mjpeg.*\[NOT_JPEG\]$/, soonMs);
    });

    test('a client that may not send gets the reason: a token is wanted, --accept excludes it, the limit is reached', async () => {
      await using files = await makeFolder();
      const file = join(files.path, 'one.jpg');
      const token = join(files.path, 'token');
      await writeFile(file, pictures[0] ?? '');
      await writeFile(token, 'correct horse battery', { mode: 0o600 });
      const rejections: [args: string[], answer: RegExp, code: string][] = [
        [['--token-file', token], /^HTTP\/1\.1 403 .*\[TOKEN_MISSING\]/s, 'TOKEN_MISSING'],
        [
          ['--accept', '2,classic'],
          /^HTTP\/1\.1 403 .*--accept 2,classic: it comes by http \[NOT_ACCEPTED\]/s,
          'NOT_ACCEPTED',
        ],
      ];
      for (const [args, answer, code] of rejections) {
        const { receiver, port } = await startReceiver(runtime, ['--quiet', ...args]);
        await using _receiver = receiver;
        assert.match(await runCurl(['-T', file, `http://127.0.0.1:${port}/`]), answer);
        await receiver.waitForLine('stderr', new RegExp(`without a frame: .*\\[${code}\\]$`), soonMs);
        await using _ffmpeg = await startFfmpeg(['-stream_loop', '-1'], ['-f', 'mjpeg', `tcp://127.0.0.1:${port}`]);
        await receiver.waitForLine('stderr', new RegExp(`without a frame: .*\\[${code}\\]$`), soonMs);
      }
      const { receiver, port } = await startReceiver(runtime, ['--quiet', '--max-senders', '1']);
      await using _receiver = receiver;
      using client = await RawClient.open(port);
      await client.send(pictures[0] ?? new Uint8Array());
      await receiver.waitForLine('stderr', /sends pictures/, soonMs);
      assert.match(
        await runCurl(['-T', file, `http://127.0.0.1:${port}/`]),
        /^HTTP\/1\.1 503 .*--max-senders.*\[TOO_MANY_SENDERS\]/s,
      );
    });

    test('the wires of ours are taken beside the others, and alone where that is wanted', async () => {
      const { receiver, port } = await startReceiver(runtime, ['--json', '--accept', 'jpeg']);
      await using _receiver = receiver;
      using client = await RawClient.open(port);
      await client.send(Buffer.from('100'.padEnd(64)));
      await receiver.waitForLine(
        'stderr',
        /without a frame: .*--accept jpeg: it comes by classic \[NOT_ACCEPTED\]$/,
        soonMs,
      );
      await client.closed;
      assert.match(client.received.toString('latin1'), /FAIL.*NOT_ACCEPTED/s);
      using plain = await RawClient.open(port);
      await plain.send(pictures[0] ?? new Uint8Array());
      await receiver.waitForLine('stdout', /"sequence":1/, soonMs);
    });
  });
}
