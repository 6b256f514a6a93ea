import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readReceiverSettings, receiverCommandLine } from '../../src/cli/receiver-options.ts';
import type { RawOptions } from '../../src/cli/values.ts';

const folder = await mkdtemp(join(tmpdir(), 'image-socket-options-'));
after(() => rm(folder, { recursive: true }));
const token = join(folder, 'token');
await writeFile(token, 'correct horse\n');

const defaults = Object.fromEntries(
  Object.entries(receiverCommandLine.options).flatMap(([name, option]) =>
    'default' in option ? [[name, option.default]] : [],
  ),
);

function readAccepted(options: RawOptions): readonly string[] {
  return readReceiverSettings({ ...defaults, ...options }).listener.accept;
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
