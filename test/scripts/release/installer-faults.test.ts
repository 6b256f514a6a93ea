import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { describe, test } from 'node:test';
import { Scratch } from '../../../scripts/cli/scratch.ts';
import { requireCommand } from '../../../scripts/debian/command.ts';
import { signSums } from '../../../scripts/release/sums.ts';
import { type Answer, answers, serveFolder } from '../../support/file-server.ts';
import { InstallerMachine, listTree } from '../../support/installer.ts';
import { writeSmallRelease } from '../../support/release-folder.ts';
import { mountSmall } from '../../support/small-disk.ts';
import { until } from '../../support/until.ts';

const archive = 'image-sender-linux-x64.tar.xz';
const rootOnly = process.getuid?.() !== 0 && 'only root can mount a file system';

interface Setting {
  readonly machine: InstallerMachine;
  readonly release: string;
  readonly prefix: string;
  /** Of an earlier installation, in the prefix. */
  readonly before: readonly string[];
}

/** A machine that has version 0.9.0, and a folder with version 1.0.0. */
async function prepare(scratch: Scratch, more: readonly string[] = ['curl']): Promise<Setting> {
  const machine = await InstallerMachine.make(join(scratch.path, 'machine'), more);
  const [release, prefix] = [join(scratch.path, 'release'), join(scratch.path, 'prefix')];
  await writeSmallRelease(release, { version: '0.9.0' });
  await machine.run(join(release, 'install.sh'), 'image-sender', '--prefix', prefix);
  await rm(release, { recursive: true });
  await writeSmallRelease(release);
  return { machine, release, prefix, before: await listTree(prefix) };
}

/** Runs install.sh, which must fail with one line, and must leave version 0.9.0 as it was. */
async function fail({ machine, release, prefix, before }: Setting, ...words: readonly string[]): Promise<string> {
  const place = words.includes('--prefix') ? [] : ['--prefix', prefix];
  const result = await machine.run(join(release, 'install.sh'), 'image-sender', ...place, ...words);
  assert.equal(result.code, 1, result.errors.join('\n'));
  assert.equal(result.errors.length, 1, result.errors.join('\n'));
  assert.deepEqual(await listTree(prefix), before);
  const shown = await requireCommand('Running', join(prefix, 'bin/image-sender'), []);
  assert.equal(shown, 'image-sender 0.9.0\n');
  return result.errors[0] ?? '';
}

describe('install.sh refuses', () => {
  const sent: readonly (readonly [what: string, name: string, answer: Answer, error: RegExp])[] = [
    [
      'a web page in place of the sums',
      'SHA256SUMS',
      answers.webPage,
      /SHA256SUMS \(a web page: .*no list of SHA-256 sums\. Check/,
    ],
    [
      'a web page in place of the file',
      archive,
      answers.webPage,
      /\.tar\.xz \(a web page: .*its SHA-256 is .*Type it again/,
    ],
    ['a download that is cut off', archive, answers.cutOff, /Cannot fetch \S+\.tar\.xz: .*Check the address/],
    ['a download that ends early', archive, answers.short, /its SHA-256 is .*, and SHA256SUMS says .*Type it again/],
    ['a server that says no', archive, answers.unavailable, /Cannot fetch \S+\.tar\.xz: .*403.*Check the address/],
  ];
  for (const downloader of ['curl', 'wget']) {
    for (const [what, name, answer, error] of sent) {
      test(`${what} (${downloader})`, async () => {
        using scratch = new Scratch('install');
        const setting = await prepare(scratch, [downloader]);
        await using server = await serveFolder(setting.release, { [name]: answer });
        assert.match(await fail(setting, '--from', server.url), error);
      });
    }

    for (const name of ['SHA256SUMS', archive]) {
      test(`a server without ${name} (${downloader})`, async () => {
        using scratch = new Scratch('install');
        const setting = await prepare(scratch, [downloader]);
        await rm(join(setting.release, name));
        await using server = await serveFolder(setting.release);
        assert.match(
          await fail(setting, '--from', server.url),
          new RegExp(`Cannot fetch \\S+/${name}: .*404.*Check the address`),
        );
      });
    }
  }

  test('a folder without a file, and no folder', async () => {
    using scratch = new Scratch('install');
    const setting = await prepare(scratch, []);
    await rm(join(setting.release, archive));
    assert.match(
      await fail(setting, '--from', setting.release),
      /Cannot read \S+\.tar\.xz: there is no such file\. --from/,
    );
    assert.match(await fail(setting, '--from', '/nowhere'), /Cannot read \/nowhere\/SHA256SUMS/);
  });

  test('a machine without curl and wget', async () => {
    using scratch = new Scratch('install');
    const setting = await prepare(scratch, []);
    assert.match(
      await fail(setting, '--from', 'http://127.0.0.1:1'),
      /neither curl nor wget\. Type: sudo apt-get install curl/,
    );
  });

  test('a machine without xz', async () => {
    using scratch = new Scratch('install');
    const setting = await prepare(scratch, []);
    await rm(join(setting.machine.bin, 'xz'));
    assert.match(await fail(setting), /tar needs xz\. Type: sudo apt-get install xz-utils$/);
  });

  test('a file that was changed', async () => {
    using scratch = new Scratch('install');
    const setting = await prepare(scratch, []);
    await writeFile(join(setting.release, archive), 'x', { flag: 'a' });
    assert.match(
      await fail(setting),
      /Refused \S+\.tar\.xz: its SHA-256 is [0-9a-f]{64}, and SHA256SUMS says [0-9a-f]{64}/,
    );
  });

  test('another version than the one that was asked for', async () => {
    using scratch = new Scratch('install');
    const setting = await prepare(scratch, []);
    assert.match(await fail(setting, '--version', '2.0.0'), /has image-sender 1\.0\.0, and not 2\.0\.0: choose/);
  });

  test('a program that does not start', async () => {
    using scratch = new Scratch('install');
    const setting = await prepare(scratch, []);
    await writeSmallRelease(setting.release, { program: 'echo "GLIBC_2.35 not found" >&2; exit 1' });
    assert.match(await fail(setting), /does not start here: GLIBC_2\.35 not found\. It needs glibc/);
    await writeSmallRelease(setting.release, { program: 'echo ../../etc' });
    assert.match(await fail(setting), /prints no version/);
  });

  test('a system of 32 bits, and names the program for it', async () => {
    using scratch = new Scratch('install');
    const setting = await prepare(scratch, []);
    await setting.machine.addApt('armhf');
    assert.match(
      await fail(setting),
      /64-bit system.*this is armhf\. Install image-sender-lite .*: sh install\.sh image-sender-lite --from \//,
    );
    await setting.machine.addApt('arm64');
    assert.match(await fail(setting), /has no image-sender for arm64/);
    await setting.machine.addProgram('uname', 'echo Darwin');
    assert.match(await fail(setting), /on Darwin: it runs on Linux alone/);
  });

  test('places where something else is', async () => {
    using scratch = new Scratch('install');
    const setting = await prepare(scratch, []);
    const other = join(scratch.path, 'other');
    for (const [path, error] of [
      ['lib/image-sender', /image-sender: something is there that is no link\. Move it away/],
      [
        'lib/image-sender-1.0.0-linux-x64',
        /image-sender-1\.0\.0-linux-x64: something is there that install\.sh did not make\. Move/,
      ],
    ] as const) {
      await mkdir(join(other, path), { recursive: true });
      assert.match(await fail(setting, '--prefix', other), error);
      await rm(other, { recursive: true });
    }
  });

  test('a folder in which it may not write', { skip: rootOnly }, async () => {
    using scratch = new Scratch('install');
    const setting = await prepare(scratch, []);
    await using disk = await mountSmall('ro,size=1m');
    assert.match(
      await fail(setting, '--prefix', disk.path),
      /Cannot write to \S+\/lib: .*with sudo, or choose another folder with --prefix/,
    );
  });

  test('a disk that is full', { skip: rootOnly }, async () => {
    using scratch = new Scratch('install');
    const setting = await prepare(scratch);
    // 64 KiB of noise, which xz cannot make smaller.
    const noise = 'head -c 65536 /dev/urandom';
    const program = `echo image-sender 1.0.0; exit\n${await requireCommand('Noise', 'sh', ['-c', `${noise} | base64 -w 0`])}`;
    await writeSmallRelease(setting.release, { program });
    await using server = await serveFolder(setting.release);
    for (const [size, name] of [
      ['48k', 'the download'],
      ['112k', 'the unpacked files'],
    ] as const) {
      await using disk = await mountSmall(`size=${size}`);
      for (const from of [setting.release, server.url]) {
        const error = await fail(setting, '--prefix', disk.path, '--from', from);
        assert.match(
          error,
          /^install: Cannot keep \S+\.tar\.xz in .*; 0 MB are free there\. Make room, or choose/,
          name,
        );
        assert.deepEqual(await listTree(disk.path), ['bin', 'lib']);
      }
    }
  });

  test('files that the key did not sign', async () => {
    using scratch = new Scratch('install');
    const setting = await prepare(scratch, []);
    for (const name of ['key', 'other'])
      await requireCommand('Making a key', 'ssh-keygen', [
        '-q',
        '-t',
        'ed25519',
        '-N',
        '',
        '-f',
        join(scratch.path, name),
      ]);
    const key = join(scratch.path, 'key');
    assert.match(await fail(setting, '--key', `${key}.pub`), /Cannot read \S+SHA256SUMS\.sig/);
    await signSums(setting.release, join(scratch.path, 'other'));
    assert.match(await fail(setting, '--key', `${key}.pub`), /key\.pub did not sign it\. Install nothing/);
    await signSums(setting.release, key);
    const sums = await readFile(join(setting.release, 'SHA256SUMS'));
    await writeFile(join(setting.release, 'SHA256SUMS'), `${sums}\n`);
    assert.match(await fail(setting, '--key', `${key}.pub`), /did not sign it/);
    assert.match(await fail(setting, '--key', '/nowhere'), /Cannot read the key \/nowhere/);
    await writeFile(join(setting.release, 'SHA256SUMS'), sums);
    const script = join(setting.release, 'install.sh');
    const result = await setting.machine.run(script, 'image-sender', '--prefix', setting.prefix, '--key', `${key}.pub`);
    assert.deepEqual(result.errors, []);
  });

  test('to leave anything behind after Ctrl-C', async () => {
    using scratch = new Scratch('install');
    const setting = await prepare(scratch);
    let isAsked = false;
    await using server = await serveFolder(setting.release, {
      [archive]: (response, bytes) => {
        response.write(bytes.subarray(0, 10));
        isAsked = true;
      },
    });
    const script = join(setting.release, 'install.sh');
    const words = ['image-sender', '--prefix', setting.prefix, '--from', server.url];
    const { child, result } = setting.machine.start(script, ...words);
    await until(() => isAsked);
    process.kill(-(child.pid ?? assert.fail('it has no process')), 'SIGINT');
    await result;
    assert.deepEqual(await listTree(setting.prefix), setting.before);
  });
});
