import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { installPackages } from '../../scripts/debian/install.ts';
import { type Child, runChild } from '../support/child.ts';
import { tinyJpeg } from '../support/jpeg.ts';
import { writePictures } from '../support/plain-programs.ts';
import { type Runtime, soonMs, startProgram, startReceiver } from '../support/programs.ts';
import { PYTHON } from '../support/python.ts';
import { makeFolder } from './suite.ts';

const python = fileURLToPath(new URL('../support/python/', import.meta.url));

/** A receiver whose standard output is a pipe to that command of a shell; the last line on standard error says how the receiver ended. */
function receiveInto(runtime: Runtime, reader: string, args: readonly string[]) {
  const script = `{ "$@"; echo "ended with $?" >&2; } | { ${reader}; }`;
  // Nothing but this ends it when a test fails: signals get no further than the shell.
  return startReceiver(runtime, [...args, '--duration', '60s'], { before: ['sh', '-c', script, 'sh'] });
}

/** Sends the pictures of a folder, again and again unless there is a --once. */
function sendFolder(port: number, folder: string, ...args: string[]): Child {
  return startProgram('node', 'image-sender', ['folder', folder, '--port', `${port}`, '--name', 'porch', ...args]);
}

async function assertEnd(program: Child): Promise<void> {
  const { code } = await program.wait(soonMs);
  assert.equal(code, 0, program.lines('stderr').join('\n'));
}

/** As the detector of people, with half a second for each of nine pictures. */
const slowReader = `import fcntl, json, sys, time
fcntl.fcntl(0, 1031, 4096)
print("ready", flush=True)
for _ in range(9):
    frame = json.loads(sys.stdin.buffer.readline())
    sys.stdin.buffer.read(frame["bytes"])
    print(frame["sequence"], flush=True)
    time.sleep(0.5)
print("ended", flush=True)
`;

/** Pictures for the next program in a pipe. */
export function defineStdout(runtime: Runtime): void {
  describe(`--stdout, receiver ${runtime}`, () => {
    test('jpeg is every picture back to back, as ffmpeg takes it', async () => {
      await using folder = await makeFolder();
      const pictures = await writePictures(folder.path);
      const out = join(folder.path, 'out');
      const args = ['--stdout', 'jpeg', '--stdout-deliver', 'every', '--count', `${pictures.length}`];
      const { receiver, port } = await receiveInto(runtime, `cat > '${out}'`, args);
      await using _receiver = receiver;
      await using sender = sendFolder(port, folder.path, '--once', '--interval', '0');
      await receiver.waitForLine('stderr', /^ended with 0$/, soonMs);
      await assertEnd(sender);
      assert.ok((await readFile(out)).equals(Buffer.concat(pictures)));
      const ffmpeg = ['-v', 'error', '-f', 'mjpeg', '-i', out, '-f', 'framehash', '-'];
      const { stdout } = await runChild('/usr/bin/ffmpeg', ffmpeg, soonMs);
      assert.equal(stdout.split('\n').filter((line) => /^0,/.test(line)).length, pictures.length);
    });

    test('framed pictures reach the detector of people', async () => {
      await installPackages(['python3', 'python3-opencv'], 'the detector of people');
      await using folder = await makeFolder();
      await runChild(PYTHON, ['-B', `${python}detector_pictures.py`, folder.path], soonMs);
      const args = ['--stdout', 'framed', '--stdout-deliver', 'every', '--count', '3'];
      const { receiver, port } = await receiveInto(runtime, `${PYTHON} -B '${python}detector.py'`, args);
      await using _receiver = receiver;
      await using _sender = sendFolder(port, folder.path, '--once', '--interval', '0');
      await assertEnd(receiver);
      const said = receiver.lines('stdout').map((line) => line.replace(/ \S+Z /, ' '));
      assert.deepEqual(said, ['porch 1 in sight', 'porch 2 in sight']);
    });

    test('a reader that is slower than the camera skips to the newest when it keeps the pipe short', async () => {
      await installPackages(['python3'], 'a slow reader');
      await using folder = await makeFolder();
      // Ten of them are what a pipe holds.
      await writeFile(join(folder.path, 'small.jpg'), tinyJpeg(64, 48, 6000));
      const reader = join(folder.path, 'slow.py');
      await writeFile(reader, slowReader);
      const { receiver, port } = await receiveInto(runtime, `${PYTHON} -B '${reader}'`, ['--stdout', 'framed']);
      await using _receiver = receiver;
      await receiver.waitForLine('stdout', /^ready$/, soonMs);
      await using _sender = sendFolder(port, folder.path, '--interval', '20', '--deliver', 'latest', '--retries', '1');
      await receiver.waitForLine('stdout', /^ended$/, soonMs);
      const sequences = receiver.lines('stdout').slice(1, -1).map(Number);
      const steps = sequences.slice(1).map((sequence, i) => sequence - (sequences[i] ?? 0));
      // Frames that stood in the pipe and in Python's buffer come first.
      assert.ok(
        steps.slice(-3).every((step) => step > 4),
        `the sequences are ${sequences}`,
      );
    });

    test('the receiver ends with 6 and says that the disk is full where its lines go', async () => {
      const before = ['sh', '-c', 'exec "$@" > /dev/full', 'sh'];
      const { receiver, port } = await startReceiver(runtime, ['--json', '--duration', '60s'], { before });
      await using _receiver = receiver;
      await fetch(`http://127.0.0.1:${port}/garden`, { method: 'PUT', body: tinyJpeg(64, 48) });
      assert.equal((await receiver.wait(soonMs)).code, 6);
      const said = receiver.lines('stderr').join('\n');
      assert.match(said, /Cannot write to standard output: the disk is full \(ENOSPC\) \[OUTPUT_FAILED\]/);
    });

    for (const words of [['--help'], ['service', '--port', '9000']]) {
      test(`the receiver ends with 6 and says that the disk is full where ${words[0]} prints`, async () => {
        const before = ['sh', '-c', 'exec "$@" > /dev/full', 'sh'];
        await using receiver = startProgram(runtime, 'image-receiver', words, { before });
        assert.equal((await receiver.wait(soonMs)).code, 6);
        const said = receiver.lines('stderr').join('\n');
        assert.match(said, /Cannot write to standard output: .* \[OUTPUT_FAILED\]/);
      });
    }

    test('the receiver ends with 0 when its reader is gone and it has nothing else to do', async () => {
      await using folder = await makeFolder();
      await writePictures(folder.path);
      const { receiver, port } = await receiveInto(runtime, 'head -c 100000 > /dev/null', ['--stdout', 'jpeg']);
      await using _receiver = receiver;
      await using _sender = sendFolder(port, folder.path, '--interval', '5', '--retries', '1');
      await receiver.waitForLine('stderr', /^ended with 0$/, soonMs);
    });

    test('the receiver says that its reader is gone, and goes on with what else it has to do', async () => {
      await using folder = await makeFolder();
      await using saved = await makeFolder();
      const { length } = await writePictures(folder.path);
      const args = ['--stdout', 'jpeg', '--save', saved.path, '--count', `${length}`];
      const { receiver, port } = await receiveInto(runtime, 'head -c 100000 > /dev/null', args);
      await using _receiver = receiver;
      await using sender = sendFolder(port, folder.path, '--once', '--interval', '5');
      await receiver.waitForLine('stderr', /The reader of standard output is gone: no more pictures go there/, soonMs);
      await receiver.waitForLine('stderr', /pictures? w(as|ere) not written to standard output/, soonMs);
      await receiver.waitForLine('stderr', /^ended with 0$/, soonMs);
      await assertEnd(sender);
      assert.equal((await readdir(saved.path)).length, length);
    });

    test('a reader that does not read holds up neither the senders nor the end', async () => {
      await using folder = await makeFolder();
      await using saved = await makeFolder();
      const { length } = await writePictures(folder.path);
      const args = ['--stdout', 'framed', '--save', saved.path, '--count', `${length}`];
      const { receiver, port } = await receiveInto(runtime, 'exec sleep 60 > /dev/null 2>&1', args);
      await using _receiver = receiver;
      await using sender = sendFolder(port, folder.path, '--once', '--interval', '0');
      await receiver.waitForLine('stderr', /standard output does not read; its last pictures are dropped/, soonMs);
      await receiver.waitForLine('stderr', /^ended with 0$/, soonMs);
      await assertEnd(sender);
      assert.equal((await readdir(saved.path)).length, length);
    });
  });
}
