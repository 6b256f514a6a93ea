import assert from 'node:assert/strict';
import { readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Scratch } from '../../../scripts/cli/scratch.ts';
import { formatInstaller } from '../../../scripts/release/installer.ts';
import { runChild } from '../../support/child.ts';
import { unpackPackages } from '../../support/debian-files.ts';
import { serveFolder } from '../../support/file-server.ts';
import { InstallerMachine, listTree } from '../../support/installer.ts';
import { topFolder, writeSmallRelease } from '../../support/release-folder.ts';

const timeoutMs = 60_000;

/** A machine, a release and an empty prefix. */
async function prepare(scratch: Scratch, more: readonly string[] = ['curl'], busybox?: string) {
  const machine = await InstallerMachine.make(join(scratch.path, 'machine'), more, busybox);
  const release = join(scratch.path, 'release');
  await writeSmallRelease(release);
  return { machine, release, script: join(release, 'install.sh'), prefix: join(scratch.path, 'prefix') };
}

async function runProgram(prefix: string): Promise<string> {
  return (await runChild(join(prefix, 'bin/image-sender'), [], timeoutMs)).stdout;
}

const installed = (version: string): string[] => [
  ...['bin', 'bin/image-sender', 'lib', 'lib/image-sender', `lib/${topFolder(version)}`],
  ...['.archive-sha256', 'image-sender', 'opencv4nodejs.node'].map((name) => `lib/${topFolder(version)}/${name}`),
];

describe('install.sh', () => {
  for (const [what, more, isBusybox] of [
    ['dash and curl', ['curl'], false],
    ['dash and wget', ['wget'], false],
    ['busybox alone', ['wget'], true],
  ] as const) {
    test(`installs from a web server with ${what}`, async () => {
      using scratch = new Scratch('install');
      const busybox = isBusybox ? join(await unpackPackages(['busybox']), 'bin/busybox') : undefined;
      const { machine, release, script, prefix } = await prepare(scratch, more, busybox);
      await using server = await serveFolder(release);
      const result = await machine.run(script, 'image-sender', '--from', `${server.url}/`, '--prefix', prefix);
      assert.deepEqual(result.errors, []);
      assert.equal(result.code, 0);
      assert.equal(await runProgram(prefix), 'image-sender 1.0.0');
      assert.deepEqual(await listTree(prefix), installed('1.0.0'));
      assert.equal(await readlink(join(prefix, 'lib/image-sender')), topFolder('1.0.0'));
      assert.equal(await readlink(join(prefix, 'bin/image-sender')), '../lib/image-sender/image-sender');
      assert.match(result.stdout, /^install: next: \S+\/bin\/image-sender doctor$/m);
      assert.match(result.stdout, /over http nothing proves who made the files/);
    });
  }

  test('installs from a folder, and from the one that it is in', async () => {
    using scratch = new Scratch('install');
    const { machine, release, script } = await prepare(scratch, []);
    const prefixes = ['one', 'two', 'three'].map((name) => join(scratch.path, name));
    for (const [i, from] of [['--from', release], ['--from', `file://${release}`], []].entries()) {
      const prefix = prefixes[i] ?? '';
      const result = await machine.run(script, 'image-sender', `--prefix=${prefix}`, ...from);
      assert.deepEqual(result.errors, []);
      assert.equal(await runProgram(prefix), 'image-sender 1.0.0');
    }
  });

  test('goes into the home folder of a user without sudo', async () => {
    using scratch = new Scratch('install');
    const { machine, script } = await prepare(scratch, []);
    const result = await machine.run(script, 'image-sender');
    assert.deepEqual(result.errors, []);
    assert.equal(await runProgram(join(machine.home, '.local')), 'image-sender 1.0.0');
    assert.match(result.stdout, /\.local\/bin is not in PATH/);
  });

  test('keeps the version before, and tells the way back, which works', async () => {
    using scratch = new Scratch('install');
    const { machine, release, script, prefix } = await prepare(scratch, []);
    await machine.run(script, 'image-sender', '--prefix', prefix);
    await writeSmallRelease(release, { version: '1.1.0-rc.1' });
    const result = await machine.run(script, 'image-sender', '--prefix', prefix, '--version', 'v1.1.0-rc.1');
    assert.deepEqual(result.errors, []);
    assert.equal(await runProgram(prefix), 'image-sender 1.1.0-rc.1');
    assert.deepEqual(await listTree(prefix), [...new Set([...installed('1.0.0'), ...installed('1.1.0-rc.1')])].sort());
    const [, command = ''] = /^install: to go back: (.+)$/m.exec(result.stdout) ?? [];
    await runChild('sh', ['-c', command], timeoutMs);
    assert.equal(await runProgram(prefix), 'image-sender 1.0.0');
  });

  test('fetches nothing twice, and replaces another build of the same version', async () => {
    using scratch = new Scratch('install');
    const { machine, release, script, prefix } = await prepare(scratch, []);
    await machine.run(script, 'image-sender', '--prefix', prefix);
    const archive = join(release, 'image-sender-linux-x64.tar.xz');
    await rm(archive);
    const again = await machine.run(script, 'image-sender', '--prefix', prefix);
    assert.deepEqual(again.errors, []);
    assert.match(again.stdout, /^install: image-sender-1\.0\.0-linux-x64 is there already$/m);
    const other = await machine.run(script, 'image-sender', '--prefix', prefix, '--version', '2.0.0');
    assert.match(other.errors.join('\n'), /has image-sender 1\.0\.0, and not 2\.0\.0: choose/);
    assert.equal(other.code, 1);
    assert.equal(await runProgram(prefix), 'image-sender 1.0.0');
    await writeSmallRelease(release, { program: 'echo image-sender 1.0.0; echo another build' });
    assert.deepEqual((await machine.run(script, 'image-sender', '--prefix', prefix)).errors, []);
    assert.equal(await runProgram(prefix), 'image-sender 1.0.0\nanother build');
    assert.deepEqual(await listTree(prefix), installed('1.0.0'));
  });

  test('unpacks again what is there and does not start any more', async () => {
    using scratch = new Scratch('install');
    const { machine, script, prefix } = await prepare(scratch, []);
    await machine.run(script, 'image-sender', '--prefix', prefix);
    await rm(join(prefix, 'lib', topFolder('1.0.0'), 'image-sender'));
    assert.deepEqual((await machine.run(script, 'image-sender', '--prefix', prefix)).errors, []);
    assert.equal(await runProgram(prefix), 'image-sender 1.0.0');
    assert.deepEqual(await listTree(prefix), installed('1.0.0'));
  });

  test('installs image-sender-lite on a system of 32 bits', async () => {
    using scratch = new Scratch('install');
    const { machine, script, prefix } = await prepare(scratch, []);
    await machine.addApt('armhf');
    const result = await machine.run(script, 'image-sender-lite', '--prefix', prefix);
    assert.deepEqual(result.errors, []);
    assert.deepEqual(await listTree(prefix), ['bin', 'bin/image-sender-lite', 'lib']);
    assert.equal((await runChild(join(prefix, 'bin/image-sender-lite'), [], timeoutMs)).stdout, 'lite 1.0.0');
    const other = await machine.run(script, 'image-sender-lite', '--prefix', prefix, '--version', '1.1.0');
    assert.match(other.errors.join('\n'), /has image-sender-lite 1\.0\.0, and not 1\.1\.0: choose/);
  });

  test('gives a package to apt where there is apt, with sudo for other users than root', async () => {
    using scratch = new Scratch('install');
    const { machine, script } = await prepare(scratch, []);
    await machine.addApt('amd64', 'for last; do :; done; cat "$last"');
    await machine.addProgram('sudo', 'exec "$@"');
    const result = await machine.run(script, 'image-sender');
    assert.deepEqual(result.errors, []);
    assert.match(result.stdout, /^the package of 1\.0\.0/m);
    assert.match(result.stdout, /^install: next: image-sender doctor$/m);
    const calls = await machine.aptCalls();
    assert.match(
      calls,
      /^install -y --reinstall -o \S+force-confdef -o \S+force-confold \/\S+image-sender_1\.0\.0_amd64\.deb\n$/,
    );
    await machine.run(script, 'image-sender', '--version', '1.0.0');
    assert.match(await machine.aptCalls(), /--allow-downgrades/);
    const other = await machine.run(script, 'image-sender', '--version', '2.0.0');
    assert.match(other.errors.join('\n'), /^install: \S+ has no image-sender 2\.0\.0 for amd64/);
  });

  test('leaves apt alone with --prefix, and without sudo', async () => {
    using scratch = new Scratch('install');
    const { machine, script, prefix } = await prepare(scratch, []);
    await machine.addApt();
    for (const words of [['--prefix', prefix], []])
      assert.deepEqual((await machine.run(script, 'image-sender', ...words)).errors, []);
    assert.equal(await machine.aptCalls(), '');
  });

  test('says where the release of its own address is', async () => {
    using scratch = new Scratch('install');
    const { machine } = await prepare(scratch, []);
    await machine.addProgram('curl', 'echo "$@" >&2; exit 22');
    const script = join(scratch.path, 'install.sh');
    await writeSmallRelease(scratch.path, { address: 'https://example.invalid/a/b' });
    await rm(join(scratch.path, 'SHA256SUMS'));
    for (const [words, place] of [
      [[], 'releases/latest/download'],
      [['--version', '1.2.3'], 'releases/download/v1.2.3'],
    ] as const) {
      const result = await machine.run(script, 'image-sender', ...words, '--prefix', join(scratch.path, 'p'));
      assert.match(result.errors.join('\n'), new RegExp(`https://example\\.invalid/a/b/${place}/SHA256SUMS`));
      assert.match(result.errors.join('\n'), /--proto =https /);
    }
  });

  test('prints its usage, and code 2 for a command line that is wrong', async () => {
    using scratch = new Scratch('install');
    const { machine, script } = await prepare(scratch, []);
    assert.match((await machine.run(script, '--help')).stdout, /^usage: sh install\.sh PROGRAM/);
    for (const words of [
      [],
      ['image'],
      ['image-sender', 'image-receiver'],
      ['image-sender', '--from'],
      ['--fro', 'a'],
    ]) {
      const result = await machine.run(script, ...words);
      assert.equal(result.code, 2, words.join(' '));
      assert.equal(result.errors.length, 1);
      assert.match(result.errors[0] ?? '', /^install: .*; sh install\.sh --help prints the options$/);
    }
  });

  test('does nothing where it is cut off', async () => {
    using scratch = new Scratch('install');
    const { machine, release, prefix } = await prepare(scratch, []);
    const text = await formatInstaller(undefined);
    const script = join(release, 'cut.sh');
    for (const length of [text.length - 'main "$@"\n'.length, Math.floor(text.length * 0.7)]) {
      await writeFile(script, text.slice(0, length));
      await machine.run(script, 'image-sender', '--from', release, '--prefix', prefix);
      await assert.rejects(readdir(prefix), /ENOENT/);
    }
  });
});
