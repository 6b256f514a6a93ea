import assert from 'node:assert/strict';
import { constants, copyFile, mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { formatSeal } from '../../src/opencv/seal.ts';
import { encodeClassicFrame } from '../../src/protocol/classic/classic-encoder.ts';
import { Child, runChild } from '../support/child.ts';
import { fakeJpeg } from '../support/jpeg.ts';
import { type ProgramName, soonMs, startReceiver } from '../support/programs.ts';
import { RawClient } from '../support/raw-client.ts';
import { until } from '../support/until.ts';
import { makeFolder } from './suite.ts';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));
const addonName = 'opencv4nodejs.node';

/** A folder with the packaged program alone, and its path there. */
async function copyProgram(program: ProgramName) {
  const folder = await makeFolder();
  const path = join(folder.path, program);
  await copyFile(join(dist, 'linux-x64', program), path, constants.COPYFILE_FICLONE);
  return { folder, path };
}

const readAddon = (target = 'linux-x64') => readFile(join(dist, target, addonName));

/** Bytes in the addon's place. */
const unusable: [what: string, make: () => Promise<Uint8Array>][] = [
  ['was made for arm64', () => readAddon('linux-arm64')],
  ['was made for another Node', async () => renameEntry(await readAddon())],
  ['is no library', async () => Buffer.alloc(100_000, 'garbage ')],
  ['is empty', async () => new Uint8Array(0)],
  // As a copy over the network that broke off.
  ['is only half there', async () => (await readAddon()).subarray(0, 5_000_000)],
  ['lacks its last byte', async () => (await readAddon()).subarray(0, -1)],
  ['is of another build', async () => sealAnew(await readAddon())],
];

describe('addon of the packaged x64 programs', () => {
  test('the sender ends with 7 and names the addon that it looked for when it is missing', async () => {
    const { folder, path } = await copyProgram('image-sender');
    await using _folder = folder;
    const line = await runWithoutAddon(path, ['pattern']);
    assert.ok(line.includes(`${join(folder.path, addonName)} is not there`), line);
  });

  test('the sender lists cameras all the same when it is missing', async () => {
    const { folder, path } = await copyProgram('image-sender');
    await using _folder = folder;
    await using child = new Child(path, ['camera', '--list', '--json']);
    assert.deepEqual(await child.wait(soonMs), { code: 0, signal: null });
    assert.ok(Array.isArray(JSON.parse(child.lines('stdout').join('\n'))));
    assert.deepEqual(child.lines('stderr'), []);
  });

  for (const [what, make] of unusable) {
    test(`the sender ends with 7 and names the addon when it ${what}`, async () => {
      const { folder, path } = await copyProgram('image-sender');
      await using _folder = folder;
      await writeFile(join(folder.path, addonName), await make());
      const line = await runWithoutAddon(path, ['pattern']);
      assert.ok(line.includes(join(folder.path, addonName)), line);
      assert.ok(line.includes(`linux-x64, Node ABI ${process.versions.modules}`), line);
    });
  }

  test('the sender starts again when the whole program is put there with the command of its message', async () => {
    const { folder, path } = await copyProgram('image-sender');
    await using _folder = folder;
    const addon = join(folder.path, addonName);
    await writeFile(addon, sealAnew(await readAddon()));
    const line = await runWithoutAddon(path, ['pattern']);
    assert.match(line, /: it is of the build 0{12}, and the program needs the build [0-9a-f]{12}\. Type `/);
    const [, command = ''] = /\. Type `(.*)` \[ADDON_UNUSABLE\]$/.exec(line) ?? [];
    assert.equal(command, `tar xf image-sender-linux-x64.tar.xz --strip-components=1 -C ${folder.path}`);
    await using bench = await makeFolder();
    await packArchive(bench.path);
    await runChild('sh', ['-c', command], soonMs, { cwd: bench.path });
    const { receiver, port } = await startReceiver('node', ['--count', '1']);
    await using _receiver = receiver;
    await using sender = new Child(path, ['pattern', '--port', `${port}`, '--count', '1']);
    assert.deepEqual(await sender.wait(soonMs), { code: 0, signal: null }, sender.lines('stderr').join('\n'));
  });

  test('a program that runs goes on when another version takes its place by a rename', async () => {
    const { folder, path } = await copyProgram('image-sender');
    await using _folder = folder;
    const addon = join(folder.path, addonName);
    await writeFile(addon, await readAddon());
    const { receiver, port } = await startReceiver('node');
    await using _receiver = receiver;
    await using sender = new Child(path, ['pattern', '--port', `${port}`, '--interval', '20']);
    const count = () => receiver.lines('stdout').length;
    await until(() => count() > 3, 'frames of the running program');
    await writeFile(`${addon}.new`, sealAnew(await readAddon()));
    await rename(`${addon}.new`, addon);
    const before = count();
    await until(() => count() > before + 20, 'frames after the addon was replaced');
    await runWithoutAddon(path, ['pattern']);
    assert.equal((await sender.stop()).code, 0);
  });

  test('a unit names the link that the program was started by, which leads to the next version, too', async () => {
    const { folder, path } = await copyProgram('image-sender');
    await using _folder = folder;
    await mkdir(join(folder.path, 'bin'));
    const link = join(folder.path, 'bin/image-sender');
    await symlink(path, link);
    const env = { PATH: `${join(folder.path, 'bin')}:${process.env['PATH']}` };
    for (const command of [link, 'image-sender', path]) {
      await using child = new Child(command, ['service', 'rpicam'], { env });
      assert.equal((await child.wait(soonMs)).code, 0);
      const expected = `ExecStart=${command === path ? path : link} rpicam`;
      assert.ok(child.lines('stdout').includes(expected), child.lines('stdout').join('\n'));
    }
  });

  test('the receiver needs its addon for --show and --decode alone when it is missing', async () => {
    const { folder, path } = await copyProgram('image-receiver');
    await using _folder = folder;
    for (const option of ['--show', '--decode']) await runWithoutAddon(path, [option, '--port', '0']);
    await using receiver = new Child(path, ['--port', '0', '--save', folder.path, '--count', '1']);
    const [, port] = await receiver.waitForLine('stderr', /listening on [^ ]*:(\d+)/, soonMs);
    using client = await RawClient.open(Number(port));
    await client.send(encodeClassicFrame({ jpeg: fakeJpeg(480, 315), capturedAtUs: 0 }));
    assert.deepEqual(await receiver.wait(soonMs), { code: 0, signal: null });
    assert.match(receiver.lines('stdout').join('\n'), /^send time: .*480x315/);
  });
});

/** The one line that the program says; it ends with 7. */
async function runWithoutAddon(path: string, args: readonly string[]): Promise<string> {
  await using child = new Child(path, args);
  assert.deepEqual(await child.wait(soonMs), { code: 7, signal: null });
  assert.deepEqual(child.lines('stdout'), []);
  assert.equal(child.lines('stderr').length, 1, child.lines('stderr').join('\n'));
  return child.lines('stderr')[0] ?? '';
}

/** The addon as if another recipe had made it. */
function sealAnew(addon: Buffer): Buffer {
  const seal = formatSeal('0'.repeat(12));
  return Buffer.concat([addon.subarray(0, -seal.length), Buffer.from(seal)]);
}

/** An archive as a user has it, but without compression, which takes long. */
async function packArchive(folder: string): Promise<void> {
  const top = join(folder, 'image-sender-0.0.0-linux-x64');
  await mkdir(top);
  for (const name of ['image-sender', addonName])
    await copyFile(join(dist, 'linux-x64', name), join(top, name), constants.COPYFILE_FICLONE);
  const archive = join(folder, 'image-sender-linux-x64.tar.xz');
  await runChild('tar', ['cf', archive, '-C', folder, 'image-sender-0.0.0-linux-x64'], soonMs);
}

/** The addon as if for the Node before this one: each Node looks for an entry with its own ABI number in the name. */
function renameEntry(addon: Buffer): Buffer {
  const name = `node_register_module_v${process.versions.modules}`;
  const at = addon.indexOf(name);
  assert.ok(at > 0, `no ${name} in the addon`);
  addon.write(name.replace(/\d+$/, String(Number(process.versions.modules) - 1)), at, 'latin1');
  return addon;
}
