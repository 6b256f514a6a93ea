import assert from 'node:assert/strict';
import { chown, mkdtempDisposable, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { test } from 'node:test';
import { replaceFile } from '../../src/system/replace-file.ts';

test('replaceFile writes a file that nobody else can read, and leaves no other one', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'replace-'));
  const path = join(folder.path, 'deeper', 'a');
  await replaceFile(path, 'one');
  // That of a program that was killed.
  await writeFile(`${path}.part`, 'torn');
  await replaceFile(path, 'two');
  assert.equal(await readFile(path, 'utf8'), 'two');
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.deepEqual(await readdir(join(folder.path, 'deeper')), ['a']);
});

test('replaceFile leaves the file as it was when it fails', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'replace-'));
  await writeFile(join(folder.path, 'file'), 'x');
  await assert.rejects(replaceFile(join(folder.path, 'file', 'a'), 'one'), { code: 'ENOTDIR' });
  await assert.rejects(replaceFile('/proc/none/a', 'one'));
});

test('replaceFile gives a file of root to the owner of its folder', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('only root can change owners');
  await using folder = await mkdtempDisposable(join(tmpdir(), 'replace-'));
  await chown(folder.path, 65_534, 65_534);
  const path = join(folder.path, 'a');
  await replaceFile(path, 'one');
  const { uid, gid } = await stat(path);
  assert.deepEqual([uid, gid], [65_534, 65_534]);
});
