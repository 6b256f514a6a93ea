import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readSenderSettings } from '../../../src/cli/sender/settings.ts';
import type { RawOptions } from '../../../src/options/option.ts';
import { readOptions } from '../../../src/options/read-options.ts';
import { folder as folderSource } from '../../../src/sources/folder/module.ts';
import { pattern } from '../../../src/sources/pattern/module.ts';
import { readLimits, readPicture } from '../../../src/sources/shared-options.ts';

const folder = await mkdtemp(join(tmpdir(), 'image-socket-options-'));
after(() => rm(folder, { recursive: true }));
const token = join(folder, 'token');
await writeFile(token, 'correct horse\n');
const ca = join(folder, 'ca.pem');
await writeFile(ca, 'some PEM');

const pin = `sha256:${'ab'.repeat(32)}`;
function read(options: RawOptions = {}, command = 'pattern', passedOn: string[] = []) {
  return readSenderSettings({ command, options, passedOn });
}

test('a sender without options goes to this machine, on the wire that there is, without TLS or a token', () => {
  const { sender, delivery } = read();
  assert.deepEqual([sender.host, sender.port, sender.wire], ['localhost', 8080, 'auto']);
  assert.deepEqual([sender.tls, sender.token.length, delivery], [undefined, 0, 'latest']);
  assert.deepEqual([sender.maxInFlight, sender.bufferBytes, sender.idleTimeoutMs], [2, 16e6, 10_000]);
});

test('--wire is one of three, and a number in a configuration file', () => {
  for (const wire of ['auto', 'classic', '2']) assert.equal(read({ wire }).sender.wire, wire);
  assert.equal(read({ wire: 2 }).sender.wire, '2');
  assert.throws(() => read({ wire: '3' }), { code: 'BAD_OPTION', message: /auto or classic or 2: it is '3'/ });
});

test('--deliver is one of two', () => {
  for (const deliver of ['latest', 'every']) assert.equal(read({ deliver }).delivery, deliver);
  assert.throws(() => read({ deliver: 'some' }), { code: 'BAD_OPTION', message: /latest or every: it is 'some'/ });
});

test('a source decides on the delivery when nobody else does', () => {
  assert.equal(read({}, 'pattern').delivery, 'latest');
  assert.equal(read({ file: 'a.mp4' }, 'video').delivery, 'every');
});

test('options of the other delivery are not accepted, also when the source decides', () => {
  const withBuffer = [
    [{ buffer: '4M' }, 'pattern'],
    [{ buffer: '4M', deliver: 'latest', paths: ['a'] }, 'folder'],
  ] as const;
  for (const [options, command] of withBuffer) {
    const message = /^Cannot use --buffer with --deliver latest, .*: add --deliver every, or leave --buffer out$/;
    assert.throws(() => read(options, command), { code: 'BAD_OPTION', message });
  }
  for (const options of [
    { 'in-flight': '5', paths: ['a'] },
    { 'in-flight': '5', paths: ['a'], deliver: 'every' },
  ]) {
    assert.throws(() => read(options, 'folder'), {
      code: 'BAD_OPTION',
      message: /^Cannot use --in-flight with --deliver every/,
    });
  }
  assert.equal(read({ buffer: '4M', deliver: 'every' }).sender.bufferBytes, 4e6);
  assert.equal(read({ 'in-flight': '5' }).sender.maxInFlight, 5);
});

test('a token needs TLS, or a word that it may go without', () => {
  assert.throws(() => read({ 'token-file': token }), {
    code: 'BAD_OPTION',
    message: /^Cannot send a token without TLS .*--tls-pin or, if you must, --token-without-tls$/,
  });
  for (const options of [{ 'tls-pin': pin }, { tls: true }, { 'tls-ca': ca }, { 'token-without-tls': true }]) {
    const { sender } = read({ 'token-file': token, ...options });
    assert.equal(Buffer.from(sender.token).toString(), 'correct horse');
  }
});

test('a sender without the file of its token is told to copy that of the receiver', () => {
  const message = /there is no such file or folder \(ENOENT\); copy the token file of the receiver to this machine$/;
  const missing = { 'token-file': join(folder, 'missing'), tls: true };
  assert.throws(() => read(missing), { code: 'BAD_OPTION', message });
});

test('a token goes with wire 2 from the first byte, and not with the classic wire', () => {
  assert.equal(read({ 'token-file': token, tls: true }).sender.wire, '2');
  assert.throws(() => read({ 'token-file': token, tls: true, wire: 'classic' }), {
    code: 'BAD_OPTION',
    message: /--wire classic, which has no place for a token/,
  });
});

test('--tls-pin takes a fingerprint as people paste it', () => {
  const colons = `SHA256:${Array(32).fill('AB').join(':')}`;
  const base64 = `sha256:${Buffer.from('ab'.repeat(32), 'hex').toString('base64')}`;
  for (const text of [pin, colons, base64, ` ${pin} `]) {
    assert.deepEqual(read({ 'tls-pin': text }).sender.tls, { pin, ca: undefined });
  }
});

test('--tls-pin is refused when it is none, or stands beside --tls-ca', () => {
  for (const text of ['ab'.repeat(32), 'sha256:ab', `md5:${'ab'.repeat(32)}`, `${pin}0`]) {
    assert.throws(() => read({ 'tls-pin': text }), { code: 'BAD_OPTION', message: /64 hexadecimal digits/ });
  }
  assert.throws(() => read({ 'tls-pin': pin, 'tls-ca': ca }), {
    code: 'BAD_OPTION',
    message: /--tls-pin with --tls-ca, .* give one/,
  });
});

test('--tls and --tls-ca trust authorities: those of this machine, or those in the file', () => {
  assert.deepEqual(read({ tls: true }).sender.tls, { pin: undefined, ca: undefined });
  assert.deepEqual(read({ 'tls-ca': ca }).sender.tls, { pin: undefined, ca: 'some PEM' });
});

test('--name is what can be shown, in 64 bytes', () => {
  assert.equal(read({ name: 'Küche' }).sender.name, 'Küche');
  assert.equal(read({ name: 'x'.repeat(64) }).sender.name.length, 64);
  for (const name of ['x'.repeat(65), 'ü'.repeat(33), 'a\u001b[2J', 'a\u202eb', 'a\nb', '\u3164', '\u2800']) {
    assert.throws(() => read({ name }), { code: 'BAD_OPTION', message: /--name/ });
  }
  assert.throws(() => read({ name: 'ü'.repeat(33) }), {
    message: 'Cannot use --name as it must be 1 to 64 bytes: it is 66 bytes',
  });
  assert.notEqual(read().sender.name, '');
});

test('limits of what may be in flight are kept', () => {
  for (const options of [{ 'in-flight': '0' }, { 'in-flight': '1001' }, { buffer: '0' }, { buffer: '5G' }]) {
    assert.throws(() => read({ deliver: 'buffer' in options ? 'every' : 'latest', ...options }), {
      code: 'BAD_OPTION',
    });
  }
  assert.equal(read({ buffer: '1M', deliver: 'every' }).sender.bufferBytes, 1e6);
});

test('an option is refused with the commands it is for when another has no use for it', () => {
  assert.throws(() => read({ size: '640x480' }, 'pipe'), {
    code: 'BAD_OPTION',
    message: 'Cannot use --size with pipe: it is for camera, rpicam, video, pattern',
  });
  for (const [option, command] of [
    ['quality', 'folder'],
    ['fps', 'pipe'],
    ['once', 'camera'],
    ['passthrough', 'rpicam'],
    ['list', 'video'],
    ['json', 'pattern'],
  ] as const) {
    assert.throws(() => read({ [option]: '1' }, command), { code: 'BAD_OPTION', message: /^Cannot use --/ });
  }
});

test('words behind -- go to rpicam-vid, and are refused elsewhere', () => {
  read({ number: '1' }, 'rpicam', ['--hflip']);
  assert.throws(() => read({}, 'camera', ['--hflip']), { code: 'BAD_OPTION', message: /only rpicam/ });
  assert.throws(() => read({ number: 'one' }, 'rpicam'), { code: 'BAD_OPTION', message: /camera --list/ });
});

test('a size that is not given is that of the Python programs', () => {
  const readPattern = (raw: RawOptions) => readPicture(readOptions(pattern.options, raw));
  assert.deepEqual(readPattern({}), { size: { width: 480, height: 315 }, quality: 90, intervalMs: 95 });
  assert.equal(readPattern({ size: 'source' }).size, undefined);
  assert.equal(readPattern({ fps: '4' }).intervalMs, 250);
});

test('folder takes any number of paths, and at least one', () => {
  const readFolder = (raw: RawOptions) => readOptions(folderSource.options, raw);
  assert.deepEqual(readFolder({ paths: ['a', 'b'], once: true }).paths, ['a', 'b']);
  assert.deepEqual(readFolder({ paths: 'a' }).paths, ['a']);
  assert.deepEqual(
    [true, false].map((once) => read({ paths: 'a', once }, 'folder').source.endsByItself),
    [true, false],
  );
  assert.throws(() => read({ paths: [] }, 'folder'), { code: 'BAD_OPTION', message: /image-sender folder FOLDER/ });
  assert.throws(() => read({}, 'video'), { code: 'BAD_OPTION', message: /image-sender video FILE/ });
});

test('JPEGs that are made elsewhere have limits that receivers keep as well', () => {
  const limits = readLimits(readOptions(folderSource.options, { paths: 'a' }));
  assert.deepEqual(limits, { maxFrameBytes: 12e6, maxWidth: 4096, maxHeight: 4096 });
});

test('frames come at one rate', () => {
  assert.throws(() => read({ fps: '5', interval: '10' }), {
    code: 'BAD_OPTION',
    message: /--fps with --interval, as both set the rate: leave one out/,
  });
  assert.throws(() => read({ fps: 'source' }), { code: 'BAD_OPTION', message: /above 0 and up to 1000/ });
  const intervals = [{}, { fps: '10' }, { fps: 'source' }, { interval: '0' }].map(
    (options) => read({ file: 'x', ...options }, 'video').source.intervalMs,
  );
  assert.deepEqual(intervals, [20, 100, 20, 0]);
});

test('an option that would do nothing is refused', () => {
  const cases: [RawOptions, command: string, RegExp][] = [
    [{ 'max-frame': '1M' }, 'pattern', /--max-frame with pattern: it is for camera, rpicam, pipe, folder/],
    [{ 'max-size': '64x64', file: 'x' }, 'video', /--max-size with video/],
    [{ 'token-without-tls': true }, 'pattern', /--token-without-tls without --token-file/],
    [{ 'in-flight': '4', deliver: 'every' }, 'pattern', /--in-flight with --deliver every/],
    [{ json: true }, 'camera', /--json without --list/],
    [{ list: true, size: '64x64' }, 'camera', /--list with --size, as it lists all/],
    [{ list: true, device: '2' }, 'camera', /--list with DEVICE, as it lists all/],
    [{ 'idle-timeout': '5s', wire: 'classic' }, 'pattern', /--idle-timeout with --wire classic, /],
    [{ tls: true, 'tls-pin': pin }, 'pattern', /--tls with --tls-pin, .*give one/],
    [{ tls: true, 'tls-ca': ca }, 'pattern', /--tls with --tls-ca, .*give one/],
  ];
  for (const [options, command, message] of cases) {
    assert.throws(() => read(options, command), { code: 'BAD_OPTION', message }, JSON.stringify(options));
  }
});
