import assert from 'node:assert/strict';
import { chmod, chown, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { after, beforeEach, describe, test } from 'node:test';
import {
  checkReceiverFile,
  prepareReceiverFile,
  readReceiverFile,
  writeReceiverFile,
} from '../../../src/cli/sender/join/receiver-file.ts';

const receiver = {
  ...{ host: 'my-pc.local', port: 8080, name: 'garden', token: 'a'.repeat(43) },
  pin: `sha256:${'0'.repeat(64)}`,
};
const folder = await mkdtemp(join(tmpdir(), 'image-socket receiver '));
const path = join(folder, 'image-socket', 'receiver.json');
const earlier = process.env['XDG_STATE_HOME'];
process.env['XDG_STATE_HOME'] = folder;
after(async () => {
  if (earlier === undefined) delete process.env['XDG_STATE_HOME'];
  else process.env['XDG_STATE_HOME'] = earlier;
  await rm(folder, { recursive: true });
});

describe('The file of the receiver that was joined', () => {
  beforeEach(() => rm(path, { force: true }));

  test('is for its owner alone, and needs no warning', async () => {
    assert.equal(await prepareReceiverFile(), path);
    await writeReceiverFile(path, receiver);
    assert.deepEqual(readReceiverFile(), receiver);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.deepEqual(checkReceiverFile(), []);
  });

  test('is told of when others may read it, with its mode and the command that helps', async () => {
    await writeReceiverFile(await prepareReceiverFile(), receiver);
    for (const mode of [0o644, 0o640, 0o606]) {
      await chmod(path, mode);
      const line = `others on this machine may read ${path} (mode ${mode.toString(8)}): chmod 600 '${path}'`;
      assert.deepEqual(checkReceiverFile(), [line]);
    }
  });

  test('is told of when another user owns it', { skip: process.getuid?.() !== 0 && 'it needs root' }, async () => {
    await writeReceiverFile(await prepareReceiverFile(), receiver);
    await chown(path, 12_345, 12_345);
    assert.match(checkReceiverFile().join('\n'), /^another user \(12345\) owns .*receiver\.json and can say where/);
  });

  test('is not used when its host is none, which messages would show', async () => {
    await mkdir(join(folder, 'image-socket'), { recursive: true });
    for (const host of ['', 'a b', 'a\nb', 'a\u001b[31m', 'http://a', 'a:80', '\u202ea', 'a'.repeat(256), 7]) {
      await writeFile(path, JSON.stringify({ ...receiver, host }));
      assert.throws(readReceiverFile, { code: 'BAD_OPTION', message: /has no right host.*image-sender join CODE/ });
    }
    for (const host of ['192.168.1.5', '::1', 'fe80::1%eth0', 'gärten.local', 'my_pc']) {
      await writeFile(path, JSON.stringify({ ...receiver, host }));
      assert.equal(readReceiverFile()?.host, host);
    }
  });

  test('need not be there', () => {
    assert.deepEqual([readReceiverFile(), checkReceiverFile()], [undefined, []]);
  });
});
