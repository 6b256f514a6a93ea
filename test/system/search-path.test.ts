import assert from 'node:assert/strict';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { findProgram } from '../../src/system/search-path.ts';
import { FakeRpicam } from '../support/fake-rpicam/fake-rpicam.ts';

test('findProgram takes the first program of the search path, and nothing that is none', async () => {
  await using one = await FakeRpicam.open();
  await using two = await FakeRpicam.open();
  const PATH = `::.:relative:/nowhere:${one.folder}:${two.folder}`;
  assert.equal(await findProgram('tool', { PATH }), undefined);
  await two.install('tool', 'exit 0');
  await mkdir(join(one.folder, 'tool'));
  assert.equal(await findProgram('tool', { PATH }), join(two.folder, 'tool'));
  await writeFile(join(one.folder, 'text'), 'no program');
  await chmod(join(one.folder, 'text'), 0o644);
  assert.equal(await findProgram('text', { PATH }), undefined);
  await one.install('tool2', 'exit 0');
  assert.equal(await findProgram('tool2', { PATH }), join(one.folder, 'tool2'));
});

test('findProgram looks in the default folders when there is no search path', async () => {
  assert.match((await findProgram('sh', {})) ?? '', /^\/(usr\/)?bin\/sh$/);
});
