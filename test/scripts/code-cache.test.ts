import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { after, before, suite, test } from 'node:test';
import { Script } from 'node:vm';
import { projectRoot } from '../../scripts/native/project.ts';
import { wrapProgram, writeCodeCache } from '../../scripts/package/code-cache.ts';
import { runChild } from '../support/child.ts';

const timeoutMs = 60_000;
const fillCache = join(projectRoot, 'scripts/package/fill-cache.cjs');
/** Sets a flag as the programs do, and ends with the code in its argument. */
const source = wrapProgram(`
  function compiledFor3() { return [${'7,'.repeat(500)}].length; }
  require('node:v8').setFlagsFromString('--minor-gc-task-trigger=10');
  if (process.argv[2] === '3') compiledFor3();
  process.exit(Number(process.argv[2]));`);

suite('fill-cache.cjs', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'image-socket-cache-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const fill = async (text: string, code: string) => {
    const [file, cache] = [join(folder, 'program.cjs'), join(folder, 'cache')];
    await writeFile(file, text);
    await runChild(process.execPath, [fillCache, file, cache, code], timeoutMs);
    return await readFile(cache);
  };

  test('adds what each run compiled, whatever its exit code, to a cache that V8 takes', async () => {
    const first = await fill(source, '0');
    const second = await fill(source, '3');
    const third = await fill(source, '0');
    assert.ok(second.length > first.length);
    assert.equal(third.length, second.length);
    assert.equal(new Script(source, { cachedData: third }).cachedDataRejected, false);
  });

  test('says so if V8 does not take it, as that of another program', async () => {
    await fill(source, '0');
    await assert.rejects(fill(`${source};`, '0'), /V8 rejects .*cache, which it made itself/);
  });
});

test('writeCodeCache makes the same bytes of the same program, wherever it is', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'image-socket-cache-'));
  try {
    const make = async (name: string) => {
      const [file, cache] = [join(folder, name, 'program.cjs'), join(folder, name, 'cache')];
      await mkdir(join(folder, name));
      await writeFile(file, wrapProgram('const names = { one: 1, two: 2 }; (() => Object.keys(names).length)();'));
      await writeCodeCache('image-sender', { file, cache, node: process.execPath, target: 'linux-x64' });
      return readFile(cache);
    };
    assert.deepEqual(await make('one'), await make('two'));
  } finally {
    await rm(folder, { recursive: true });
  }
});
