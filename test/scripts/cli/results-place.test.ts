import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { after, describe, test } from 'node:test';
import { prepareResultsFile, prepareResultsFolder } from '../../../scripts/cli/results-place.ts';
import { projectRoot } from '../../../scripts/native/project.ts';

const folder = await mkdtemp(join(tmpdir(), 'image-socket-results-'));
after(() => rm(folder, { recursive: true, force: true }));
await writeFile(join(folder, 'file'), '');

const isResult = (name: string) => name === 'bench.json';

describe('the file of the results', () => {
  test('can be in folders that are missing, and is not made yet', async () => {
    await prepareResultsFile(join(folder, 'a/b/x.json'), join(folder, 'a/b/x.json.log'));
    assert.deepEqual(await readdir(join(folder, 'a/b')), []);
  });

  test('is left as it is where it is there', async () => {
    await prepareResultsFile(join(folder, 'file'));
    assert.ok((await readdir(folder)).includes('file'));
  });

  test('is refused in a place that takes no file, with the reason and the next step', async () => {
    for (const [path, reason] of [
      ['/proc/x/y.json', /ENOENT/],
      ['/proc/version/x.json', /is no folder/],
      [folder, /is a folder, and must be a file/],
      [join(folder, 'file/x.json'), /is no folder/],
    ] as const) {
      const words = new RegExp(
        `^Cannot keep the results in ${path}: .*${reason.source}.* Give another file with --out$`,
      );
      await assert.rejects(prepareResultsFile(path), { message: words });
    }
  });

  test('is refused where a file that goes beside it cannot be written', async () => {
    await mkdir(join(folder, 'z.json.log'));
    await assert.rejects(
      prepareResultsFile(join(folder, 'z.json'), join(folder, 'z.json.log')),
      /z\.json\.log is a folder/,
    );
  });
});

describe('the folder of the results', () => {
  test('is made with those above it, and may have other files', async () => {
    await prepareResultsFolder(join(folder, 'c/d'), isResult);
    await writeFile(join(folder, 'c/d/notes'), '');
    await prepareResultsFolder(join(folder, 'c/d'), isResult);
    assert.deepEqual(await readdir(join(folder, 'c/d')), ['notes']);
  });

  test('is refused where it has results', async () => {
    await mkdir(join(folder, 'used'));
    await writeFile(join(folder, 'used/bench.json'), '{}');
    await assert.rejects(
      prepareResultsFolder(join(folder, 'used'), isResult),
      /bench\.json of an earlier run is there/,
    );
  });

  test('is refused in a file system that takes none', async () => {
    await assert.rejects(prepareResultsFolder('/proc/x', isResult), /^Error: Cannot keep the results in \/proc\/x: /);
  });
});

describe('a command that measures', () => {
  const run = (script: string, ...args: readonly string[]) =>
    spawnSync(process.execPath, [join(projectRoot, `scripts/${script}.ts`), ...args], { encoding: 'utf8' });

  for (const [script, ...args] of [
    ['soak', '--minutes', '1', '--no-build'],
    ['chaos', '--minutes', '0.1'],
  ] as const) {
    test(`${script} looks at its --out before it does anything`, () => {
      const { status, stdout, stderr } = run(script, ...args, '--out', '/proc/version/x.json');
      assert.equal(status, 2, stderr);
      assert.match(stderr, new RegExp(`^${script}: Cannot keep the results in /proc/version/x.json: .*--out\n$`));
      assert.equal(stdout, '');
    });
  }

  test('bench looks at its --out before it does anything', () => {
    const { status, stderr } = run('bench', 'start', '--out', '/proc/x');
    assert.equal(status, 2, stderr);
    assert.match(stderr, /^bench: Cannot keep the results in \/proc\/x: .*--out\n$/);
  });

  for (const [script, ...args] of [
    ['soak'],
    ['chaos'],
    ['fuzz'],
    ['interop'],
    ['bench'],
    ['bench', 'page'],
    ['bench', 'against'],
  ] as const) {
    test(`${[script, ...args].join(' ')} --help prints the usage`, () => {
      const { status, stdout, stderr } = run(script, ...args, '--help');
      assert.deepEqual([status, stderr], [0, '']);
      assert.match(stdout, new RegExp(`^usage: npm run ${script} `));
    });
  }
});
