import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readReceiverSettings } from '../../../src/cli/receiver/settings.ts';
import type { RawOptions } from '../../../src/options/option.ts';

const folder = await mkdtemp(join(tmpdir(), 'image-socket-options-'));
after(() => rm(folder, { recursive: true }));
const token = join(folder, 'token');
await writeFile(token, 'correct horse\n');

const read = (options: RawOptions) => readReceiverSettings({ command: undefined, options, passedOn: [] });

function readAccepted(options: RawOptions): readonly string[] {
  return read(options).listener.accept;
}

test('all kinds of senders are taken when nothing else is said', () => {
  assert.deepEqual(readAccepted({}), ['2', 'classic', 'jpeg', 'http']);
});

test('--accept is a list, in any order, and a number in a configuration file', () => {
  assert.deepEqual(readAccepted({ accept: 'http' }), ['http']);
  assert.deepEqual(readAccepted({ accept: 'jpeg, 2,jpeg' }), ['2', 'jpeg']);
  assert.deepEqual(readAccepted({ accept: 2 }), ['2']);
  assert.deepEqual(readAccepted({ accept: 'HTTP' }), ['http']);
});

test('--accept names what there is, and something', () => {
  for (const accept of ['3', 'http,', ',', 'classic jpeg']) {
    assert.throws(() => readAccepted({ accept }), {
      code: 'BAD_OPTION',
      message: `Cannot use --accept as it must be some of 2,classic,jpeg,http: it is '${accept}'`,
    });
  }
});

test('only wire 2 is taken with a token, and nothing else may be asked for', () => {
  assert.deepEqual(readAccepted({ 'token-file': token }), ['2']);
  assert.deepEqual(readAccepted({ 'token-file': token, accept: '2' }), ['2']);
  for (const accept of ['http', '2,classic', 'jpeg']) {
    assert.throws(() => readAccepted({ 'token-file': token, accept }), {
      code: 'BAD_OPTION',
      message: /only wire 2 has tokens/,
    });
  }
});

/** How that sink is to be opened; undefined: it is not wanted. */
function readSink(name: string, options: RawOptions): Record<string, unknown> | undefined {
  const found = read(options).sinks.find(({ module }) => module.name === name);
  return found?.settings as Record<string, unknown> | undefined;
}

test('a page is for this machine alone unless a host is given', () => {
  const found = [8000, '0.0.0.0:8001', '[::1]:8002'].map((web) => readSink('web', { web }));
  assert.deepEqual(found, [
    { host: 'localhost', port: 8000, token: undefined },
    { host: '0.0.0.0', port: 8001, token: undefined },
    { host: '::1', port: 8002, token: undefined },
  ]);
  const password = readSink('web', { web: 1, 'web-token-file': token })?.['token'] as Uint8Array;
  assert.equal(new TextDecoder().decode(password), 'correct horse');
});

test('recordings are cut by time, frames or bytes', () => {
  const segments = ['60s', '5m', '600f', '100MB'].map(
    (segment) => readSink('record', { record: 'x', segment })?.['segment'],
  );
  assert.deepEqual(segments, [{ ms: 60_000 }, { ms: 300_000 }, { frames: 600 }, { bytes: 100e6 }]);
});

test('limits are sizes with units up to T, and ages over months', () => {
  const options = { record: 'x', 'record-size': '1.5TB', 'record-age': '52w', save: 'y', 'save-keep-free': '0' };
  const [record, save] = [readSink('record', options), readSink('save', options)];
  assert.deepEqual(record?.['limits'], { maxBytes: 1.5e12, maxAgeMs: 31_449_600_000, keepFreeBytes: undefined });
  assert.deepEqual(save?.['limits'], { maxBytes: undefined, maxAgeMs: undefined, keepFreeBytes: 0 });
});

test('one picture in so many frames or seconds is saved', () => {
  const found = ['10f', '5s', '500ms'].map((every) => readSink('save', { save: 'x', 'save-every': every })?.['every']);
  assert.deepEqual(found, [{ frames: 10 }, { ms: 5000 }, { ms: 500 }]);
});

test('pictures on standard output leave no place for lines', () => {
  const [stdout, lines] = ['stdout', 'lines'].map((name) => readSink(name, { stdout: 'framed' }));
  assert.deepEqual([stdout, lines], [{ format: 'framed', delivery: undefined, camera: undefined }, undefined]);
  assert.throws(() => read({ stdout: 'jpeg', json: true }), { message: /--stdout framed has both/ });
});

test('a line a frame is printed when pictures are to be seen nowhere else', () => {
  const found = [{}, { save: 'x' }, { web: 1 }, { record: 'x' }, { quiet: true }, { web: 1, json: true }].map(
    (options) => readSink('lines', options),
  );
  assert.deepEqual(found, ['text', 'text', undefined, undefined, undefined, 'json']);
});

test('options that cannot be, or would do nothing, are refused with the command to type', () => {
  const cases: [RawOptions, RegExp][] = [
    [{ web: '0.0.0.0' }, /--web .* HOST:PORT such as 0\.0\.0\.0:8000/],
    [{ web: '99999' }, /--web/],
    [{ tls: true, 'tls-cert': 'c', 'tls-key': 'k' }, /--tls with --tls-cert, .*give one/],
    [{ 'web-token-file': token }, /without --web/],
    [{ 'record-size': '1G' }, /--record-size without --record/],
    [{ 'save-every': '10f' }, /--save-every without --save/],
    [{ 'on-segment': 'x' }, /--on-segment without --record/],
    [{ record: 'x', segment: '0f' }, /--segment .*600f/],
    [{ save: 'x/{nam}.jpg' }, /no other fields than \{name\}/],
    [{ stdout: 'png' }, /jpeg or framed/],
    [{ 'stdout-camera': 'pi' }, /--stdout-camera without --stdout/],
    [{ record: 'x', 'record-as': 'avi' }, /mkv or mp4/],
    [{ 'record-as': 'mp4' }, /--record-as without --record/],
    [{ 'stdout-deliver': 'every' }, /--stdout-deliver without --stdout/],
    [{ 'on-connect': 'x', 'stall-after': '5s' }, /--stall-after without --on-stall or --publish/],
    [{ record: 'x', segment: '5' }, /--segment/],
    [{ record: 'x', 'record-age': '7' }, /--record-age .*7d/],
    [{ save: 'x', 'save-every': '2' }, /--save-every/],
    [{ save: 'x', 'save-size': '512K' }, /from 1M to 1000T, such as 16M or 20GB/],
    [{ web: 'http://localhost:8000' }, /HOST:PORT/],
    [{ 'on-frame': 'x', 'on-frame-every': '0' }, /--on-frame-every/],
    [{ 'hook-timeout': '5s' }, /--hook-timeout without --on-connect, .* or --on-detect$/],
    [{ 'hook-shell': true }, /--hook-shell without --on-connect, .* or --detect$/],
    [{ 'stall-after': '5s' }, /--stall-after without --on-stall or --publish/],
    [{ 'on-frame-every': '5' }, /--on-frame-every without --on-frame/],
    [{ 'on-stall': 'x', 'on-frame-every': '5' }, /--on-frame-every without --on-frame/],
    [{ 'on-stall': 'x', 'stall-after': '0' }, /--stall-after .*above 0/],
  ];
  for (const [options, message] of cases) {
    assert.throws(() => read(options), { code: 'BAD_OPTION', message }, JSON.stringify(options));
  }
});
