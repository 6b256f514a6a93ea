import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Scratch } from '../../../scripts/cli/scratch.ts';
import { requireCommand } from '../../../scripts/debian/command.ts';
import { TARGETS } from '../../../scripts/native/recipe.ts';
import { listReleaseFiles } from '../../../scripts/release/files.ts';
import { readSums, signSums, writeSums } from '../../../scripts/release/sums.ts';
import { writeRelease } from '../../../scripts/release/write.ts';

const shortInput = { version: '1.2.3-rc.1', commit: 'abc', timeSeconds: 1_790_000_000, bundles: [] };

describe('the files of a release', () => {
  test('have sums that sha256sum takes', async () => {
    using scratch = new Scratch('sums');
    for (const name of ['b', 'a']) await writeFile(join(scratch.path, name), name);
    await writeSums(scratch.path, ['b', 'a']);
    const said = await requireCommand('Checking', 'sha256sum', ['--check', '--strict', 'SHA256SUMS'], {
      cwd: scratch.path,
    });
    assert.equal(said, 'a: OK\nb: OK\n');
    assert.deepEqual(
      (await readSums(scratch.path)).map(({ name }) => name),
      ['a', 'b'],
    );
    await writeFile(join(scratch.path, 'SHA256SUMS'), '<html>\n');
    await assert.rejects(readSums(scratch.path), /'<html>' is no sum and name/);
    await assert.rejects(readSums(join(scratch.path, 'nowhere')), /Type npm run build first/);
  });

  test('are archives, packages and these, and all have a sum', async () => {
    using scratch = new Scratch('release');
    const names = listReleaseFiles(TARGETS, shortInput.version);
    assert.deepEqual(names, [
      'image-receiver-linux-arm64.tar.xz',
      'image-receiver-linux-x64.tar.xz',
      'image-receiver_1.2.3~rc.1_amd64.deb',
      'image-receiver_1.2.3~rc.1_arm64.deb',
      'image-sender-linux-arm64.tar.xz',
      'image-sender-linux-x64.tar.xz',
      'image-sender-lite',
      'image-sender_1.2.3~rc.1_amd64.deb',
      'image-sender_1.2.3~rc.1_arm64.deb',
      'install.sh',
      'sbom.cdx.json',
    ]);
    for (const name of names) await writeFile(join(scratch.path, name), '');
    const input = { ...shortInput, targets: TARGETS, address: undefined, signKey: undefined };
    await writeRelease(scratch.path, input);
    assert.deepEqual(
      (await readSums(scratch.path)).map(({ name }) => name),
      names,
    );
    const first = await readFile(join(scratch.path, 'SHA256SUMS'), 'utf8');
    await writeRelease(scratch.path, input);
    assert.equal(await readFile(join(scratch.path, 'SHA256SUMS'), 'utf8'), first);
  });

  test('have a signature that ssh-keygen verifies, and lose it with new sums', async () => {
    using scratch = new Scratch('sign');
    const key = join(scratch.path, 'key');
    await requireCommand('Making a key', 'ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    await writeFile(join(scratch.path, 'a'), 'a');
    await writeSums(scratch.path, ['a']);
    await signSums(scratch.path, key);
    const first = await readFile(join(scratch.path, 'SHA256SUMS.sig'));
    await signSums(scratch.path, key);
    assert.deepEqual(await readFile(join(scratch.path, 'SHA256SUMS.sig')), first);
    await writeFile(join(scratch.path, 'signers'), `release ${await readFile(`${key}.pub`, 'utf8')}`);
    const verify = 'ssh-keygen -Y verify -f signers -I release -n image-socket -s SHA256SUMS.sig <SHA256SUMS';
    assert.match(
      await requireCommand('Verifying', 'sh', ['-c', verify], { cwd: scratch.path }),
      /^Good "image-socket" signature/,
    );
    await writeSums(scratch.path, ['a']);
    assert.ok(!(await readdir(scratch.path)).includes('SHA256SUMS.sig'));
    await assert.rejects(signSums(scratch.path, join(scratch.path, 'none')), /Signing SHA256SUMS with \S+none failed/);
  });
});
