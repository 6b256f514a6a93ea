import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../../scripts/native/project.ts';
import { describeRun } from '../../scripts/test/describe-run.ts';
import { runTestFiles } from '../../scripts/test/run-files.ts';

const texts = {
  good: "test('is good', () => undefined); test.skip('waits for a camera', () => undefined);",
  bad: "test('is bad', () => { throw new Error('no'); });",
  // The first run leaves the file that the second one finds.
  flaky: `test('is flaky', () => {
    if (existsSync(new URL('ran', import.meta.url))) return;
    writeFileSync(new URL('ran', import.meta.url), '');
    throw new Error('the first time');
  });`,
  // Each is told of, however short it is.
  many: "for (let i = 0; i < 100; i++) test('one of many, ' + i, () => undefined);",
  open: "test('leaves a server open', () => { createServer().listen(0); });",
  dead: "test('is never told of', () => { process.exit(3); });",
  shared: "import { define } from './shared.mjs'; define();",
};

test('a file that fails and passes alone is flaky, and one that fails twice or does not end fails the run', async () => {
  await using folder = {
    path: await mkdtemp(join(tmpdir(), 'image-socket-test-')),
    [Symbol.asyncDispose]: () => rm(folder.path, { recursive: true, force: true }),
  };
  const place = (name: string): string => relative(projectRoot, join(folder.path, `${name}.test.mjs`));
  for (const [name, text] of Object.entries(texts)) {
    const head =
      "import { test } from 'node:test'; import { existsSync, writeFileSync } from 'node:fs'; import { createServer } from 'node:net';";
    await writeFile(join(folder.path, `${name}.test.mjs`), `${head}\n${text}\n`);
  }
  const shared =
    "import { test } from 'node:test'; export function define() { test('is shared', () => { throw new Error('no'); }); }";
  await writeFile(join(folder.path, 'shared.mjs'), shared);
  const repeated: string[] = [];
  const run = async (...names: string[]) =>
    describeRun(
      await runTestFiles(names.map(place), {
        readSlowdown: () => 1,
        maxAtOnce: 2,
        output: 'ignore',
        onRepeat: (file) => repeated.push(file),
      }),
    );

  const mixed = await run('good', 'bad', 'flaky', 'dead', 'shared');
  assert.deepEqual(mixed.lines.slice(-5), [
    `failed twice: ${place('bad')}: is bad`,
    `flaky: ${place('flaky')}: passed alone; failed before: is flaky`,
    `failed twice: ${place('dead')}: its process`,
    `failed twice: ${place('shared')}: is shared`,
    '6 tests in 5 files, 1 skipped; 1 files flaky, 3 failed',
  ]);
  assert.equal(mixed.isGood, false);
  assert.deepEqual(repeated, ['bad', 'flaky', 'dead', 'shared'].map(place));

  await rm(join(folder.path, 'ran'));
  const flaky = await run('good', 'flaky', 'many', 'open');
  assert.equal(flaky.lines.at(-1), '104 tests in 4 files, 1 skipped; 1 files flaky, 0 failed');
  assert.equal(flaky.isGood, true);
});

test('a run in which too many files fail is not repeated', async () => {
  const result = (file: string, failures: string[]) => ({
    ...{ file, tests: 1, skipped: 0, durationMs: 1, cpuSeconds: 1 },
    failures,
  });
  const { lines, isGood } = describeRun({ first: [result('a', ['x', 'y']), result('b', [])], second: [] });
  assert.deepEqual(lines.slice(-2), ['failed: a: x; y', '2 tests in 2 files, 0 skipped; 0 files flaky, 1 failed']);
  assert.equal(isGood, false);
});
