import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { constants, copyFile, mkdir, open, readdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { encodeClassicFrame } from '../../src/protocol/classic/classic-encoder.ts';
import { startInArm64Root } from '../support/arm64-root.ts';
import { makeTlsIdentity } from '../support/certificate.ts';
import type { Child } from '../support/child.ts';
import { fakeJpeg } from '../support/jpeg.ts';
import { MEDIA, mediaFile } from '../support/media.ts';
import { NatsServer } from '../support/nats-server.ts';
import { measurePictures } from '../support/pictures.ts';
import { readPictures } from '../support/plain-programs.ts';
import { type ProgramName, readJsonLines, soonMs, startProgram, startReceiver } from '../support/programs.ts';
import { RawClient } from '../support/raw-client.ts';
import { hash, hashAll, hashSaved } from '../support/saved.ts';
import { buildShim, describeShim, type ShimCamera } from '../support/v4l2-shim/shim.ts';
import { defineCameraPictures, formatSize, patientMs } from './camera-suite.ts';
import { listRecordings, readPackets } from './record-players.ts';
import { makeFolder } from './suite.ts';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));

interface Arm64Choice {
  before?: string[];
  /** Host folder of the program; the built package without one. */
  directory?: string;
  mounts?: Record<string, string>;
  env?: Record<string, string>;
  /** File descriptor. */
  stdin?: number;
}

/** A folder of the pictures in the file `jpegs`. */
async function makePictures(folder: string): Promise<string> {
  const path = join(folder, 'film');
  await mkdir(path);
  for (const [i, jpeg] of (await readPictures('jpegs')).entries()) {
    await writeFile(join(path, `${String(i).padStart(3, '0')}.jpg`), jpeg);
  }
  return path;
}

/** Starts a packaged arm64 program in a root of the C and C++ libraries alone. */
function startArm64(program: ProgramName, args: readonly string[], choice: Arm64Choice = {}): Promise<Child> {
  const { directory = join(dist, 'linux-arm64'), mounts = {}, ...rest } = choice;
  return startInArm64Root([`/package/${program}`, ...args], { mounts: { '/package': directory, ...mounts }, ...rest });
}

async function startArm64Camera(camera: ShimCamera, args: readonly string[]): Promise<Child> {
  const shim = await buildShim('arm64');
  const mounts: Record<string, string> = { '/shim': dirname(shim) };
  const mjpeg = camera.mjpeg?.map((file, i) => {
    mounts[`/media${i}`] = dirname(file);
    return `/media${i}/${basename(file)}`;
  });
  const seen = mjpeg === undefined ? camera : { ...camera, mjpeg };
  const env = describeShim(`/shim/${basename(shim)}`, seen);
  return startArm64('image-sender', ['camera', ...args], { mounts, env });
}

describe('packaged arm64 programs in a bare root', () => {
  for (const program of ['image-sender', 'image-receiver'] as const) {
    // Its version is asked for when it is packaged.
    test(`${program} prints its help when asked, with the code cache that was made under qemu`, async () => {
      await using help = await startArm64(program, ['--help'], { env: { IMAGE_SOCKET_CODE_CACHE: 'tell' } });
      assert.deepEqual(await help.wait(patientMs), { code: 0, signal: null });
      assert.match(help.lines('stdout').join('\n'), /Examples:/);
      assert.deepEqual(help.lines('stderr'), ['The code cache is used']);
    });
  }

  test('the pattern arrives at an x64 receiver that decodes it when an arm64 sender draws it', async () => {
    const { receiver, port } = await startReceiver('packaged', ['--json', '--decode', '--count', '10']);
    await using _receiver = receiver;
    await using sender = await startArm64('image-sender', ['pattern', '--port', `${port}`, '--size', '640x360']);
    assert.deepEqual(await receiver.wait(patientMs), { code: 0, signal: null });
    const frames = readJsonLines(receiver);
    assert.equal(frames.length, 10);
    for (const { width, height } of frames) assert.equal(`${width}x${height}`, '640x360');
    assert.doesNotMatch(receiver.lines('stderr').join('\n'), /Cannot decode/);
    assert.equal((await sender.stop()).code, 0);
  });

  test('every frame of an H.264 file arrives in order at an x64 receiver when an arm64 sender plays it', async () => {
    await using folder = await makeFolder();
    const { receiver, port } = await startReceiver('packaged', ['--save', folder.path, '--quiet']);
    await using _receiver = receiver;
    const file = await mediaFile('h264');
    const args = ['video', `/media/${basename(file)}`, '--once', '--interval', '0', '--size', 'source'];
    const mounts = { '/media': dirname(file) };
    await using sender = await startArm64('image-sender', [...args, '--port', `${port}`], { mounts });
    assert.deepEqual(await sender.wait(patientMs), { code: 0, signal: null }, sender.lines('stderr').join('\n'));
    await receiver.waitForLine('stderr', /left after/, patientMs);
    const pictures = await measurePictures(folder.path, file);
    assert.deepEqual(
      pictures.map(({ nearest }) => nearest),
      Array.from({ length: MEDIA.h264.frames }, (_, i) => i),
    );
    for (const picture of pictures) {
      assert.equal(formatSize(picture), MEDIA.h264.size);
      assert.ok(picture.difference < 4, `frame ${picture.nearest} differs by ${picture.difference}`);
    }
  });

  test('an arm64 receiver saves what it gets, decodes it and says what is damaged when an x64 sender sends', async () => {
    await using folder = await makeFolder();
    const args = ['--port', '0', '--save', '/out', '--decode', '--quiet'];
    await using receiver = await startArm64('image-receiver', args, { mounts: { '/out': folder.path } });
    const [, port = ''] = await receiver.waitForLine('stderr', /listening on [^ ]*:(\d+)/, patientMs);
    await using sender = startProgram('packaged', 'image-sender', ['pattern', '--port', port, '--count', '8']);
    assert.equal((await sender.wait(patientMs)).code, 0);
    await receiver.waitForLine('stderr', /left after 8 frames/, patientMs);
    assert.deepEqual((await measurePictures(folder.path)).map(formatSize), Array(8).fill('480x315'));
    using client = await RawClient.open(Number(port));
    await client.send(encodeClassicFrame({ jpeg: fakeJpeg(480, 315), capturedAtUs: 0 }));
    await receiver.waitForLine('stderr', new RegExp(`${client.label}: frame 1: Cannot decode a picture`), patientMs);
    client.end();
    await receiver.waitForLine('stderr', /left after 1 frame /, patientMs);
    assert.deepEqual(await receiver.stop(), { code: 0, signal: null });
    assert.equal((await readdir(folder.path)).length, 9);
  });

  test('an arm64 sender puts its pictures into a stream, and an arm64 receiver takes them all from there', async () => {
    await using server = await NatsServer.start();
    await using folder = await makeFolder();
    const [film, saved] = [await makePictures(folder.path), join(folder.path, 'saved')];
    const mounts = { '/film': film, '/out': folder.path };
    const send = ['folder', '/film', '--once', '--interval', '0', '--publish', server.url, '--publish-stream', '1000f'];
    await using sender = await startArm64('image-sender', send, { mounts });
    assert.deepEqual(await sender.wait(patientMs), { code: 0, signal: null }, sender.lines('stderr').join('\n'));
    const hashes = await hashSaved(film);
    const take = [
      '--subscribe',
      server.url,
      '--replay',
      '--save',
      '/out/saved',
      '--quiet',
      '--count',
      `${hashes.length}`,
    ];
    await using receiver = await startArm64('image-receiver', take, { mounts });
    assert.deepEqual(await receiver.wait(patientMs), { code: 0, signal: null }, receiver.lines('stderr').join('\n'));
    assert.deepEqual(await hashSaved(saved), hashes);
  });

  test('an arm64 receiver makes its certificate, and lets an x64 sender with the pin and the token in', async () => {
    await using folder = await makeFolder();
    const token = join(folder.path, 'token');
    await writeFile(token, 'a token for the tests', { mode: 0o600 });
    const args = ['--port', '0', '--tls', '--token-file', '/secret/token', '--quiet'];
    await using receiver = await startArm64('image-receiver', args, { mounts: { '/secret': folder.path } });
    const [, pin = ''] = await receiver.waitForLine('stderr', /--tls-pin (sha256:\w+)/, patientMs);
    const [, port = ''] = await receiver.waitForLine('stderr', /listening on [^ ]*:(\d+)/, patientMs);
    const trust = ['--tls-pin', pin, '--token-file', token, '--connect-timeout', '30s'];
    await using sender = startProgram('packaged', 'image-sender', [
      'pattern',
      '--port',
      port,
      '--count',
      '5',
      ...trust,
    ]);
    assert.equal((await sender.wait(patientMs)).code, 0, sender.lines('stderr').join('\n'));
    await receiver.waitForLine('stderr', /left after 5 frames .* latency p50/, patientMs);
    assert.deepEqual(await receiver.stop(), { code: 0, signal: null });
  });

  test('an arm64 sender trusts the pinned certificate of an x64 receiver, and no other', async () => {
    await using identity = await makeTlsIdentity();
    const args = ['--tls-cert', identity.certPath, '--tls-key', identity.keyPath, '--quiet'];
    const { receiver, port } = await startReceiver('packaged', args);
    await using _receiver = receiver;
    const pattern = ['pattern', '--port', `${port}`, '--count', '5', '--retries', '1', '--tls-pin'];
    await using trusting = await startArm64('image-sender', [...pattern, identity.pin]);
    assert.equal((await trusting.wait(patientMs)).code, 0, trusting.lines('stderr').join('\n'));
    await receiver.waitForLine('stderr', /left after 5 frames/, patientMs);
    await using wary = await startArm64('image-sender', [...pattern, `sha256:${'0'.repeat(64)}`]);
    assert.equal((await wary.wait(patientMs)).code, 4);
    assert.match(wary.lines('stderr').join('\n'), /not the one of --tls-pin .*\[UNTRUSTED\]/);
  });

  test('JPEGs on standard input arrive untouched when an arm64 sender without the addon forwards them', async () => {
    await using saved = await makeFolder();
    await using bare = await makeFolder();
    await copyFile(join(dist, 'linux-arm64/image-sender'), join(bare.path, 'image-sender'), constants.COPYFILE_FICLONE);
    const { receiver, port } = await startReceiver('packaged', ['--save', saved.path, '--quiet']);
    await using _receiver = receiver;
    await using input = await open(await mediaFile('jpegs'));
    const choice = { directory: bare.path, stdin: input.fd };
    await using sender = await startArm64('image-sender', ['pipe', '--port', `${port}`], choice);
    assert.deepEqual(await sender.wait(patientMs), { code: 0, signal: null }, sender.lines('stderr').join('\n'));
    await receiver.stop();
    assert.deepEqual(await hashSaved(saved.path), hashAll(await readPictures('jpegs')));
  });

  test('an arm64 receiver takes JPEGs from programs that know nothing else', async () => {
    await using folder = await makeFolder();
    const args = ['--port', '0', '--save', '/out', '--quiet'];
    await using receiver = await startArm64('image-receiver', args, { mounts: { '/out': folder.path } });
    const [, port = ''] = await receiver.waitForLine('stderr', /listening on [^ ]*:(\d+)/, patientMs);
    const pictures = await readPictures('jpegs');
    using client = await RawClient.open(Number(port));
    for (const jpeg of pictures) await client.send(jpeg);
    client.end();
    await receiver.waitForLine('stderr', /left after 50 frames/, patientMs);
    const response = await fetch(`http://127.0.0.1:${port}/garden`, {
      method: 'PUT',
      body: Buffer.from(pictures[0] ?? ''),
    });
    assert.equal(response.status, 204);
    await receiver.waitForLine('stderr', /garden .*left after 1 frame /, patientMs);
    assert.deepEqual(await receiver.stop(), { code: 0, signal: null });
    const hashes = await hashSaved(folder.path);
    assert.deepEqual(hashes.sort(), hashAll([...pictures, pictures[0] ?? new Uint8Array()]).sort());
  });

  test('an arm64 receiver without the addon shows, records, saves and hands on what it gets', async () => {
    await using folder = await makeFolder();
    await using bare = await makeFolder();
    await copyQuickly(join(dist, 'linux-arm64/image-receiver'), join(bare.path, 'image-receiver'));
    const keep = ['--record', '/out/videos', '--save', '/out/{name}/{sequence}_{utc}.jpg', '--save-size', '4M'];
    const args = ['--port', '0', '--web', '0', '--stdout', 'framed', '--stdout-deliver', 'every', ...keep];
    const choice = { directory: bare.path, mounts: { '/out': folder.path } };
    await using receiver = await startArm64('image-receiver', args, choice);
    const [, page = ''] = await receiver.waitForLine('stderr', /the page is at (\S+)\/,/, patientMs);
    const [, port = ''] = await receiver.waitForLine('stderr', /listening on [^ ]*:(\d+)/, patientMs);
    const film = ['folder', await makePictures(folder.path), '--once', '--interval', '20', '--name', 'garden'];
    await using sender = startProgram('packaged', 'image-sender', [...film, '--port', port]);
    assert.equal((await sender.wait(patientMs)).code, 0, sender.lines('stderr').join('\n'));
    const pictures = await readPictures('jpegs');
    assert.match(await (await fetch(`${page}/`)).text(), /<html/);
    const snapshot = await (await fetch(`${page}/snapshot/garden.jpg`)).arrayBuffer();
    assert.deepEqual(hashAll([new Uint8Array(snapshot)]), hashAll([pictures.at(-1) ?? new Uint8Array()]));
    assert.match(await (await fetch(`${page}/metrics`)).text(), /image_socket_frames_total\{camera="garden"\} 50/);
    assert.deepEqual(await receiver.stop(), { code: 0, signal: null }, receiver.lines('stderr').join('\n'));
    assert.deepEqual(await hashSaved(join(folder.path, 'garden')), hashAll(pictures));
    const [recording = ''] = await listRecordings(join(folder.path, 'videos'));
    assert.deepEqual((await readPackets(recording)).hashes, pictures.map(hash));
    assert.equal(receiver.lines('stdout').filter((line) => line.includes('"camera":"garden"')).length, 50);
  });

  test('an arm64 receiver heeds neither NODE_OPTIONS nor SIGUSR1, and under nohup no SIGHUP', async () => {
    const args = ['--host', '127.0.0.1', '--port', '0', '--quiet'];
    const options = { before: ['nohup'], env: { NODE_OPTIONS: '--no-such-option' } };
    await using receiver = await startArm64('image-receiver', args, options);
    const [, port = ''] = await receiver.waitForLine('stderr', /listening on [^ ]*:(\d+)/, patientMs);
    receiver.signal('SIGUSR1');
    receiver.signal('SIGHUP');
    using client = await RawClient.open(Number(port));
    client.end();
    await receiver.waitForLine('stderr', /left without a frame/, patientMs);
    assert.deepEqual(await receiver.stop(), { code: 0, signal: null });
    assert.doesNotMatch(receiver.lines('stderr').join('\n'), /Debugger/);
  });

  for (const [what, addon] of [
    ['is missing', undefined],
    ['was made for x64', join(dist, 'linux-x64/opencv4nodejs.node')],
  ] as const) {
    test(`the arm64 sender ends with 7 and names the addon that it looked for when it ${what}`, async () => {
      await using folder = await makeFolder();
      await copyQuickly(join(dist, 'linux-arm64/image-sender'), join(folder.path, 'image-sender'));
      if (addon !== undefined) await copyQuickly(addon, join(folder.path, 'opencv4nodejs.node'));
      await using sender = await startArm64('image-sender', ['pattern'], { directory: folder.path });
      assert.deepEqual(await sender.wait(soonMs), { code: 7, signal: null });
      assert.deepEqual(sender.lines('stdout'), []);
      assert.equal(sender.lines('stderr').length, 1, sender.lines('stderr').join('\n'));
      assert.match(sender.lines('stderr')[0] ?? '', /Cannot use OpenCV as \/package\/opencv4nodejs\.node /);
    });
  }
});

defineCameraPictures({ name: 'arm64', start: startArm64Camera, receiver: 'packaged' });

/** A copy that shares its blocks with the original where the file system can do that. */
function copyQuickly(from: string, to: string): Promise<void> {
  return copyFile(from, to, constants.COPYFILE_FICLONE);
}
