import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { after, before, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Scratch } from '../../scripts/cli/scratch.ts';
import { requireCommand } from '../../scripts/debian/command.ts';
import { installPackages } from '../../scripts/debian/install.ts';
import type { Target } from '../../scripts/native/recipe.ts';
import { debName, writeDeb } from '../../scripts/package/debian/deb.ts';
import { writeSums } from '../../scripts/release/sums.ts';
import { writeRepository } from '../../scripts/repository/write.ts';

const timeSeconds = 1_790_000_000;
const suite = 'dists/stable';

/** A folder with packages of one version, each with a small program. */
async function makeDist(folder: string, version: string, time: number, targets: readonly Target[]): Promise<void> {
  const directory = join(folder, 'build');
  await mkdir(join(directory, 'licenses'), { recursive: true });
  await copyFile('/bin/true', join(directory, 'image-sender'));
  await writeFile(join(directory, 'licenses/NOTICE'), 'It holds nothing.\n');
  const names = targets.map((target) => debName('image-sender', target, version));
  for (const [i, target] of targets.entries()) {
    const input = { version, timeSeconds: time, directory, libraries: [], packages: [] };
    await writeDeb(join(folder, names[i] ?? ''), { program: 'image-sender', target, ...input });
  }
  await writeSums(folder, names);
}

async function readTree(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const pairs = files
    .sort()
    .map(async (file) => [file.slice(folder.length + 1), await readFile(file, 'latin1')] as const);
  return new Map(await Promise.all(pairs));
}

/** Lets the system's apt read a repository, in folders of its own and without the network; gives the versions it sees. */
async function askApt(folder: string, state: string, source: string): Promise<string> {
  for (const name of ['lists/partial', 'cache/archives/partial', 'empty'])
    await mkdir(join(state, name), { recursive: true });
  await writeFile(join(state, 'status'), '');
  await writeFile(join(state, 'sources.list'), `deb ${source} file:${folder} stable main\n`);
  const settings = [
    ...['APT::Architecture=amd64', 'APT::Architectures=amd64', 'APT::Sandbox::User=root', 'Dir::Etc::main=/dev/null'],
    ...[`Dir::Etc::parts=${state}/empty`, `Dir::Etc::sourcelist=${state}/sources.list`, `Dir::Log=${state}`],
    ...[
      `Dir::Etc::sourceparts=${state}/empty`,
      `Dir::Etc::preferencesparts=${state}/empty`,
      `Dir::Cache=${state}/cache`,
    ],
    ...[`Dir::State=${state}`, `Dir::State::lists=${state}/lists`, `Dir::State::status=${state}/status`],
    ...[`Dir::Etc::trusted=/dev/null`, `Dir::Etc::trustedparts=${state}/empty`],
  ].flatMap((setting) => ['-o', setting]);
  await requireCommand('Updating', 'apt-get', [...settings, '--error-on=any', 'update']);
  return requireCommand('Asking', 'apt-cache', [...settings, 'madison', 'image-sender']);
}

describe('an apt repository', () => {
  const scratch = new Scratch('repository');
  after(() => scratch[Symbol.dispose]());
  const [dist, newer, folder] = ['dist', 'newer', 'repository'].map((name) => join(scratch.path, name)) as [
    string,
    string,
    string,
  ];
  let tree = new Map<string, string>();

  before(async () => {
    await makeDist(dist, '1.2.3-rc.1', timeSeconds, ['linux-arm64', 'linux-x64']);
    await makeDist(newer, '1.2.3', timeSeconds + 86_400, ['linux-x64']);
    await writeRepository(folder, { from: dist, key: undefined });
    tree = await readTree(folder);
  });

  test('has a list of packages for each architecture, which fits the files', () => {
    assert.deepEqual(
      [...tree.keys()],
      [
        ...['Release', 'main/binary-amd64/Packages', 'main/binary-amd64/Packages.gz'].map((path) => `${suite}/${path}`),
        ...['main/binary-arm64/Packages', 'main/binary-arm64/Packages.gz'].map((path) => `${suite}/${path}`),
        ...['amd64', 'arm64'].map((name) => `pool/main/image-sender_1.2.3~rc.1_${name}.deb`),
      ],
    );
    for (const name of ['amd64', 'arm64']) {
      const packages = tree.get(`${suite}/main/binary-${name}/Packages`) ?? '';
      const unzipped = gunzipSync(Buffer.from(tree.get(`${suite}/main/binary-${name}/Packages.gz`) ?? '', 'latin1'));
      assert.equal(unzipped.toString('latin1'), packages);
      const fields = new Map(
        [...packages.matchAll(/^(\S+): (.*)$/gm)].map(([, field = '', value = '']) => [field, value]),
      );
      const deb = Buffer.from(tree.get(fields.get('Filename') ?? '') ?? '', 'latin1');
      assert.equal(fields.get('Package'), 'image-sender');
      assert.equal(fields.get('Version'), '1.2.3~rc.1');
      assert.equal(fields.get('Architecture'), name);
      assert.equal(fields.get('Size'), `${deb.length}`);
      assert.equal(fields.get('SHA256'), createHash('sha256').update(deb).digest('hex'));
      assert.match(packages, /^Description: send .*\n Sends .*\n/m);
    }
    const release = tree.get(`${suite}/Release`) ?? '';
    assert.match(release, /^Date: Mon, 21 Sep 2026 14:13:20 UTC$/m);
    assert.match(release, /^Architectures: amd64 arm64$/m);
    for (const [, sum, size, path] of release.matchAll(/^ ([0-9a-f]{64}) +(\d+) (\S+)$/gm)) {
      const bytes = Buffer.from(tree.get(`${suite}/${path}`) ?? '', 'latin1');
      assert.equal(createHash('sha256').update(bytes).digest('hex'), sum);
      assert.equal(bytes.length, Number(size));
    }
  });

  test('has the same bytes when it is made again', async () => {
    const again = join(scratch.path, 'again');
    for (let i = 0; i < 2; i++) {
      await writeRepository(again, { from: dist, key: undefined });
      assert.deepEqual(await readTree(again), tree);
    }
  });

  test('is read by apt, and keeps older versions', async () => {
    const growing = join(scratch.path, 'growing');
    await writeRepository(growing, { from: dist, key: undefined });
    await writeRepository(growing, { from: newer, key: undefined });
    const rows = await askApt(growing, join(scratch.path, 'state'), '[trusted=yes]');
    assert.match(rows, /^image-sender \| +1\.2\.3 \| .*\nimage-sender \| +1\.2\.3~rc\.1 \| /);
    const release = await readFile(join(growing, suite, 'Release'), 'utf8');
    assert.match(release, /^Date: Tue, 22 Sep 2026 14:13:20 UTC$/m);
  });

  test('is refused by apt without a signature, and taken with one', async () => {
    await installPackages(['gpg', 'gpg-agent', 'gpgconf'], 'the test of a signed repository');
    const home = join(scratch.path, 'gpg');
    await mkdir(home, { mode: 0o700 });
    process.env['GNUPGHOME'] = home;
    const generate = [
      '--batch',
      '--passphrase',
      '',
      '--quick-generate-key',
      'image-socket test',
      'ed25519',
      'sign',
      'never',
    ];
    await requireCommand('Making a key', 'gpg', generate);
    try {
      const signed = join(scratch.path, 'signed');
      await writeRepository(signed, { from: dist, key: 'image-socket test' });
      assert.deepEqual((await readdir(join(signed, suite))).sort(), ['InRelease', 'Release', 'Release.gpg', 'main']);
      const state = join(scratch.path, 'signed-state');
      assert.match(await askApt(signed, state, `[signed-by=${signed}/image-socket.asc]`), /1\.2\.3~rc\.1/);
      await assert.rejects(askApt(folder, join(scratch.path, 'unsigned'), ''), /not signed/);
      await assert.rejects(
        writeRepository(signed, { from: dist, key: 'nobody' }),
        /Signing the repository with nobody failed/,
      );
      assert.ok((await readdir(join(signed, suite))).includes('InRelease'));
    } finally {
      await requireCommand('Ending the agent', 'gpgconf', ['--kill', 'all']);
      delete process.env['GNUPGHOME'];
    }
  });

  test('takes no package that was changed, cut off, or is none', async () => {
    const damaged = join(scratch.path, 'damaged');
    const target = join(scratch.path, 'target');
    const name = 'image-sender_1.2.3_amd64.deb';
    await mkdir(damaged);
    const whole = await readFile(join(newer, name));
    await writeFile(join(damaged, name), whole);
    await writeSums(damaged, [name]);
    await writeFile(join(damaged, name), whole.subarray(0, -100));
    await assert.rejects(
      writeRepository(target, { from: damaged, key: undefined }),
      /SHA256SUMS says .*: type npm run build again/,
    );
    await writeSums(damaged, [name]);
    await assert.rejects(writeRepository(target, { from: damaged, key: undefined }), /cut off, or damaged at byte \d+/);
    await writeFile(join(damaged, name), 'no package');
    await writeSums(damaged, [name]);
    await assert.rejects(writeRepository(target, { from: damaged, key: undefined }), /it is no ar archive/);
    await assert.rejects(writeRepository(target, { from: scratch.path, key: undefined }), /Type npm run build first/);
  });
});
