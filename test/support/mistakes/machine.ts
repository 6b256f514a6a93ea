import { chmod, constants, copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { formatSeal } from '../../../src/opencv/seal.ts';
import { makeFolder } from '../../e2e/suite.ts';
import { Child } from '../child.ts';
import { programCommand, startProgram, startReceiver } from '../programs.ts';
import { mountSmall } from '../small-disk.ts';
import { type Mistake, readEnd, readShell, type Told } from './mistake.ts';

const isRoot = process.getuid?.() === 0;
/** Takes from root what other users do not have: the right to write anywhere. */
const asUser = isRoot ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search'] : [];
const addonName = 'opencv4nodejs.node';

/** A receiver that is to record into that folder. */
async function record(folder: string, before: readonly string[]): Promise<Told> {
  const args = ['--port', '0', '--record', 'videos'];
  await using receiver = startProgram('node', 'image-receiver', args, { cwd: folder, before });
  return { ...(await readEnd(receiver)), names: [[folder, '/home/pi']] };
}

/** A receiver whose port or page is taken. */
async function listen(args: (port: number) => string[], place: string): Promise<Told> {
  const { receiver, port } = await startReceiver('node', ['--quiet']);
  await using _receiver = receiver;
  await using second = startProgram('node', 'image-receiver', args(port));
  return { ...(await readEnd(second)), names: [[`${port}`, place]] };
}

/** The packaged sender beside another addon. @param addon undefined: none */
async function pair(addon: Uint8Array | undefined): Promise<Told> {
  await using folder = await makeFolder();
  const [packaged = ''] = programCommand('packaged', 'image-sender');
  const path = join(folder.path, 'image-sender');
  await copyFile(packaged, path, constants.COPYFILE_FICLONE);
  if (addon !== undefined) await writeFile(join(folder.path, addonName), addon);
  await using sender = new Child(path, ['pattern']);
  return { ...(await readEnd(sender)), names: [[folder.path, '/opt/image-sender']] };
}

async function readAddon(): Promise<Buffer> {
  const [packaged = ''] = programCommand('packaged', 'image-sender');
  return readFile(join(packaged, '..', addonName));
}

/** A small program of this machine in which some bytes are others: what the system says of it depends on its head alone. */
async function runChanged(change: (bytes: Buffer) => void): Promise<Told> {
  await using folder = await makeFolder();
  const path = join(folder.path, 'image-sender');
  const bytes = await readFile('/bin/true');
  change(bytes);
  await writeFile(path, bytes);
  await chmod(path, 0o755);
  return await readShell(path);
}

/** The machine in the head of an ELF file, and its number for 32-bit Arm. */
const [machineAt, arm] = [18, 40];
const loader = '/lib64/ld-linux-x86-64.so.2';

export const machineMistakes: readonly Mistake[] = [
  {
    name: 'the folder belongs to another user',
    async provoke() {
      await using folder = await makeFolder();
      await chmod(folder.path, 0o555);
      return await record(folder.path, asUser);
    },
  },
  {
    name: 'the disk is read-only',
    skip: isRoot ? false : 'only root can mount',
    async provoke() {
      await using disk = await mountSmall('size=1m,ro');
      return await record(disk.path, []);
    },
  },
  {
    name: 'another program has the port',
    provoke: () => listen((port) => ['--port', `${port}`], '8080'),
  },
  {
    name: 'another program has the port of the page',
    provoke: () => listen((port) => ['--port', '0', '--web', `${port}`], '8000'),
  },
  { name: 'the addon was left behind', provoke: () => pair(undefined) },
  {
    name: 'the addon is of another version',
    async provoke() {
      const seal = Buffer.from(formatSeal('0'.repeat(12)));
      return await pair(Buffer.concat([(await readAddon()).subarray(0, -seal.length), seal]));
    },
  },
  { name: 'the addon was copied in part', provoke: async () => await pair((await readAddon()).subarray(0, 5_000_000)) },
  {
    name: 'the program is for another processor',
    isFromShell: true,
    provoke: () => runChanged((bytes) => bytes.writeUInt16LE(arm, machineAt)),
  },
  {
    name: 'the system has 32 bits on a processor of 64 bits',
    isFromShell: true,
    provoke: () => runChanged((bytes) => bytes.write('9', bytes.indexOf(loader) + loader.length - 1)),
  },
];
