import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { describe, test } from 'node:test';
import packageJson from '../../../package.json' with { type: 'json' };
import { latestRelease, type Manifest, readAddress } from '../../../scripts/release/address.ts';
import { formatInstaller } from '../../../scripts/release/installer.ts';
import { formatNotes } from '../../../scripts/release/notes.ts';
import { runChild } from '../../support/child.ts';

const address = 'https://github.com/owner/name';

describe('the address of the project', () => {
  test('comes from the command line, else from package.json', () => {
    const repository = { url: 'git+https://github.com/other/name.git' };
    assert.equal(readAddress(`${address}/`, { repository }), address);
    assert.equal(readAddress(undefined, { repository }), 'https://github.com/other/name');
    assert.equal(readAddress(undefined, { repository: address }), address);
    assert.equal(readAddress(undefined, {}), undefined);
  });

  test('is a plain address of https', () => {
    for (const text of [
      'http://github.com/a/b',
      "https://github.com/a'b",
      'https://github.com',
      'a/b',
      'https://a/$(b)',
    ])
      assert.throws(() => readAddress(text, {}), /must be like https:\/\/github\.com\/owner\/name$/, text);
  });

  test('is where install.sh looks first', async () => {
    assert.match(await formatInstaller(undefined), /^default_from=''$/m);
    assert.match(
      await formatInstaller(address),
      /^default_from='https:\/\/github\.com\/owner\/name\/releases\/latest\/download'$/m,
    );
  });

  test('is in the README, which says so while there is none', async () => {
    const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8');
    const own = readAddress(undefined, packageJson as Manifest);
    const expected = own === undefined ? 'There is no public download yet' : `${latestRelease(own)}/install.sh`;
    assert.ok(readme.includes(expected), expected);
  });
});

describe('the text of a release', () => {
  const input = { version: '1.2.3', tag: 'v1.2.3', address };
  const notes = (changelog: string) =>
    formatNotes({ ...input, readme: `# It\n\n- no\n\n## Changelog\n\n${changelog}\n\n## Next\n\n- no\n` });

  test('has the changes of the version, with links that work everywhere', () => {
    const text = notes(
      '### 1.2.3 (today)\n\n- A [b](src/b.md#c), [d](#e)\n  and [f](https://f/).\n\n### 1.2.2\n\n- Old.',
    );
    assert.match(text, /sh install\.sh image-sender$/m);
    assert.ok(text.includes(`curl -fsSLO ${address}/releases/latest/download/install.sh\n`));
    const [, changes] = text.split('## Changes\n\n');
    assert.equal(
      changes,
      `- A [b](${address}/blob/v1.2.3/src/b.md#c), [d](${address}/blob/v1.2.3/README.md#e)\n  and [f](https://f/).\n`,
    );
  });

  test('has all changes while the changelog has no versions', () => {
    assert.ok(notes('Nothing is released yet:\n\n- One.\n- Two.').endsWith('## Changes\n\n- One.\n- Two.\n'));
  });

  test('is refused for another tag, and without changes', () => {
    assert.throws(
      () => formatNotes({ ...input, readme: '', tag: 'v1.2.4' }),
      /package\.json has version 1\.2\.3\. Change it/,
    );
    assert.throws(() => formatNotes({ ...input, readme: '# It' }), /no section Changelog/);
    assert.throws(() => notes('### 1.2.2\n\n- Old.'), /no list of changes of 1\.2\.3/);
  });

  test('is printed for this version', async () => {
    const script = new URL('../../../scripts/release-notes.ts', import.meta.url).pathname;
    const args = [script, '--tag', `v${packageJson.version}`, '--address', address];
    const { stdout } = await runChild(process.execPath, args, 60_000);
    assert.match(stdout, /^## Changes\n\n- .*\]\(https:\/\/github\.com\/owner\/name\/blob\/v/m);
  });
});
