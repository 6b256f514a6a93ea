import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { after, before, suite, test } from 'node:test';
import { build } from 'esbuild';
import { projectRoot } from '../../scripts/native/project.ts';
import { bundleProgram } from '../../scripts/package/bundle.ts';
import { PROGRAMS } from '../../scripts/package/programs.ts';
import { quickWidth } from '../../scripts/package/quick-width.ts';
import { runChild } from '../support/child.ts';

const timeoutMs = 60_000;
/** Each takes milliseconds to load; NATS loads the last three. (A pipe as standard output needs `net`.) */
const unwanted = ['child_process', 'fs/promises', 'http', 'crypto', 'dns', 'tls'];

suite('a bundle', { concurrency: true }, () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'image-socket-bundle-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  for (const program of PROGRAMS) {
    test(`${program} prints the help of the sources, and loads nothing for it that only a run needs`, async () => {
      const file = join(folder, `${program}.cjs`);
      const loads = "process.on('exit', () => console.error(process.moduleLoadList.join()));";
      const segmenter = "Intl.Segmenter = function () { throw new Error('the help has no need of it'); };";
      const { code, packages } = await bundleProgram(program);
      // Each with the version that is inside: there are others of the same name.
      for (const one of ['yargs', '@nats-io/nats-core', 'cliui/node_modules/emoji-regex'])
        assert.ok(packages.includes(one));
      assert.ok(!packages.includes('emoji-regex'));
      await writeFile(file, `${loads}${segmenter}${code}`);
      const bundled = await runChild(process.execPath, [file, '--help'], timeoutMs);
      const source = join(projectRoot, 'src', `${program}.ts`);
      const unbundled = await runChild(process.execPath, [source, '--help'], timeoutMs);
      assert.equal(bundled.stdout, unbundled.stdout);
      const loaded = bundled.stderr.split(',');
      assert.ok(loaded.includes('NativeModule fs'));
      assert.deepEqual(
        unwanted.filter((name) => loaded.includes(`NativeModule ${name}`)),
        [],
      );
    });
  }

  test('measures texts as string-width does, ASCII or not', async () => {
    const file = join(folder, 'width.cjs');
    const texts = ['', ' ~a', 'a\tb', '\u001b[31mred\u001b[39m', '日本', 'e\u0301', '👩‍👩‍👧', 'a\n'];
    const contents = `import width from 'string-width'; console.log(JSON.stringify(${JSON.stringify(texts)}.map((text) => width(text))));`;
    const stdin = { contents, resolveDir: projectRoot };
    const options = { stdin, bundle: true, platform: 'node', format: 'cjs', logLevel: 'silent' } as const;
    const measure = async (plugins: (typeof quickWidth)[]) => {
      await build({ ...options, outfile: file, plugins });
      return JSON.parse((await runChild(process.execPath, [file], timeoutMs)).stdout) as number[];
    };
    const expected = await measure([]);
    assert.deepEqual(await measure([quickWidth]), expected);
    assert.equal(expected[4], 4);
  });
});
