import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { after, before, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { requireCommand } from '../../scripts/debian/command.ts';
import { debName, writeDeb } from '../../scripts/package/debian/deb.ts';
import { formatPackagedUnit } from '../../scripts/package/debian/unit.ts';
import { receiverCommandLine } from '../../src/cli/receiver/options.ts';
import { senderCommandLine } from '../../src/cli/sender/commands.ts';
import { scoreUnit, verifyUnit } from '../support/systemd.ts';

const timeSeconds = 1_790_000_000;
const folder = await mkdtemp(join(tmpdir(), 'image-socket-debian-'));
after(() => rm(folder, { recursive: true }));

/** A folder as the build makes it, with a small program in place of the large one. */
async function makeBuild(name: string, mode: number): Promise<string> {
  const directory = join(folder, name);
  await mkdir(join(directory, 'licenses'), { recursive: true });
  for (const file of ['image-sender', 'opencv4nodejs.node']) {
    await copyFile('/bin/true', join(directory, file));
    await chmod(join(directory, file), mode);
    await utimes(join(directory, file), mode, mode);
  }
  const notice =
    'It holds this:\n\n  zlib             1.3.1-1              Zlib\n  opencv           4.10.0               Apache-2.0\n\nTheir texts are the files beside this one.\n';
  await writeFile(join(directory, 'licenses/NOTICE'), notice, { mode });
  return directory;
}

function write(output: string, directory: string): Promise<void> {
  return writeDeb(output, {
    ...{ program: 'image-sender', target: 'linux-x64', version: '1.2.3-rc.1', timeSeconds, directory },
    ...{ libraries: ['opencv4nodejs.node'], packages: ['yargs'] },
  });
}

/** The members of an `ar` archive, by name. */
function readAr(bytes: Buffer): Map<string, Buffer> {
  assert.equal(bytes.toString('latin1', 0, 8), '!<arch>\n');
  const members = new Map<string, Buffer>();
  for (let offset = 8; offset < bytes.length; ) {
    const header = bytes.toString('latin1', offset, offset + 60);
    assert.match(header, /^\S+ +1790000000 {2}0 {5}0 {5}100644 {2}\d+ +`\n$/);
    const size = Number(header.slice(48, 58));
    members.set(header.slice(0, 16).trim(), bytes.subarray(offset + 60, offset + 60 + size));
    offset += 60 + size + (size % 2);
  }
  return members;
}

describe('a Debian package', () => {
  const unpacked = { control: join(folder, 'control'), data: join(folder, 'data') };
  let bytes: Buffer;
  let listed: string[] = [];

  before(async () => {
    await write(join(folder, 'one.deb'), await makeBuild('one', 0o755));
    bytes = await readFile(join(folder, 'one.deb'));
    for (const [name, directory] of Object.entries(unpacked)) {
      await mkdir(directory);
      const tar = join(folder, `${name}.tar.xz`);
      await writeFile(tar, readAr(bytes).get(`${name}.tar.xz`) ?? '');
      await requireCommand('Unpacking', 'tar', ['--extract', '--file', tar, '--directory', directory]);
      const args = ['--list', '--verbose', '--numeric-owner', '--full-time', '--utc', '--file', tar];
      listed = (await requireCommand('Listing', 'tar', args)).trim().split('\n');
    }
  });

  test('holds its version, its control files and its data, in this order', () => {
    const members = readAr(bytes);
    assert.deepEqual([...members.keys()], ['debian-binary', 'control.tar.xz', 'data.tar.xz']);
    assert.equal(members.get('debian-binary')?.toString(), '2.0\n');
  });

  test('has the same bytes when it is made again of files with other times and modes', async () => {
    const umask = process.umask(0o077);
    try {
      await write(join(folder, 'two.deb'), await makeBuild('two', 0o700));
    } finally {
      process.umask(umask);
    }
    assert.ok(bytes.equals(await readFile(join(folder, 'two.deb'))));
  });

  test('installs these files, all of root’s, with one time', () => {
    const rows = listed.map((line) => line.split(/\s+/));
    for (const [, owner, , day, time] of rows) assert.deepEqual([owner, day, time], ['0/0', '2026-09-21', '14:13:20']);
    assert.deepEqual(
      rows.filter(([mode]) => !mode?.startsWith('d')).map(([mode, , , , , ...path]) => `${mode} ${path.join(' ')}`),
      [
        '-rw-r--r-- ./etc/default/image-sender',
        'lrwxrwxrwx ./usr/bin/image-sender -> ../lib/image-sender/image-sender',
        '-rwxr-xr-x ./usr/lib/image-sender/image-sender',
        '-rw-r--r-- ./usr/lib/image-sender/opencv4nodejs.node',
        '-rw-r--r-- ./usr/lib/systemd/system/image-sender.service',
        '-rw-r--r-- ./usr/share/bash-completion/completions/image-sender',
        '-rw-r--r-- ./usr/share/doc/image-sender/changelog.gz',
        '-rw-r--r-- ./usr/share/doc/image-sender/copyright',
        '-rw-r--r-- ./usr/share/doc/image-sender/licenses/NOTICE',
        '-rw-r--r-- ./usr/share/fish/vendor_completions.d/image-sender.fish',
        '-rw-r--r-- ./usr/share/lintian/overrides/image-sender',
        '-rw-r--r-- ./usr/share/man/man1/image-sender.1.gz',
        '-rw-r--r-- ./usr/share/zsh/vendor-completions/_image-sender',
      ],
    );
    const closed = rows.filter(([mode]) => mode?.startsWith('d') && mode !== 'drwxr-xr-x');
    assert.deepEqual(
      closed.map((row) => `${row[0]} ${row[5]}`),
      ['drwx------ ./etc/image-sender/'],
    );
  });

  test('names its file, its version and the glibc that its files need', async () => {
    assert.equal(debName('image-sender', 'linux-arm64', '1.2.3-rc.1'), 'image-sender_1.2.3~rc.1_arm64.deb');
    const control = await readFile(join(unpacked.control, 'control'), 'utf8');
    for (const line of [
      /^Package: image-sender$/m,
      /^Version: 1\.2\.3~rc\.1$/m,
      /^Architecture: amd64$/m,
      /^Depends: libc6 \(>= 2\.\d+\), libgcc-s1, libstdc\+\+6 \(>= 7\)$/m,
      /^Recommends: rpicam-apps-lite \| rpicam-apps$/m,
      /^Installed-Size: [1-9]\d+$/m,
    ])
      assert.match(control, line);
  });

  test('lists the sum of each file but the one that the administrator edits', async () => {
    assert.equal(await readFile(join(unpacked.control, 'conffiles'), 'utf8'), '/etc/default/image-sender\n');
    const sums = (await readFile(join(unpacked.control, 'md5sums'), 'utf8')).trim().split('\n');
    assert.equal(sums.length, 11);
    for (const row of sums) {
      const [sum, path = ''] = row.split('  ');
      const content = await readFile(join(unpacked.data, path));
      assert.equal(createHash('md5').update(content).digest('hex'), sum, path);
    }
  });

  test('has maintainer scripts that a shell can read', async () => {
    for (const name of ['postinst', 'prerm', 'postrm'])
      await requireCommand(`Reading ${name}`, 'sh', ['-n', join(unpacked.control, name)]);
  });

  test('says whose work is inside', async () => {
    const text = await readFile(join(unpacked.data, 'usr/share/doc/image-sender/copyright'), 'utf8');
    for (const line of [
      ' yargs ',
      ' node ',
      ' Their texts are in /usr/share/doc/image-sender/licenses.',
      ' zlib 1.3.1-1: Zlib',
      '/usr/share/common-licenses/Apache-2.0',
    ])
      assert.ok(text.includes(line), line);
    // A field ends at an empty line: each stanza begins with the name of a field.
    for (const stanza of text.trim().split('\n\n')) assert.match(stanza, /^[A-Z][A-Za-z-]+: \S/);
    const changelog = await readFile(join(unpacked.data, 'usr/share/doc/image-sender/changelog.gz'));
    assert.match(
      gunzipSync(changelog).toString(),
      /^image-sender \(1\.2\.3~rc\.1\) stable; .*\n -- .*> {2}Mon, 21 Sep 2026 14:13:20 \+0000\n$/s,
    );
  });

  test('has the unit', async () => {
    const text = await readFile(join(unpacked.data, 'usr/lib/systemd/system/image-sender.service'), 'utf8');
    assert.equal(text, `${formatPackagedUnit(senderCommandLine)}\n`);
  });
});

describe('the unit of a package', () => {
  for (const [commandLine, score] of [
    [senderCommandLine, 1.6],
    [receiverCommandLine, 1.3],
  ] as const) {
    const { program } = commandLine;
    test(`${program}: systemd takes it, and rates it as the units that service prints`, async () => {
      const text = formatPackagedUnit(commandLine);
      assert.ok(text.includes(`\nEnvironmentFile=-/etc/default/${program}\n`));
      assert.ok(text.includes(`\nExecStart=/usr/bin/${program} $ARGS\n`));
      // Without options a sender ends with 2, and stays down.
      assert.match(text, /^RestartPreventExitStatus=2$/m);
      const here = text.replace(`/usr/bin/${program}`, '/bin/true');
      assert.equal(await verifyUnit(here), '');
      assert.ok((await scoreUnit(here)) <= score);
    });
  }
});
