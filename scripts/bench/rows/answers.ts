import { join } from 'node:path';
import { buildPreload } from '../../../test/support/preload.ts';
import { Scratch } from '../../cli/scratch.ts';
import type { Bench } from '../context.ts';
import { limitMs } from '../loads/pair.ts';
import { small } from '../loads/pictures.ts';
import type { Contender, Row } from '../row.ts';
import { startPackaged, startPackagedReceiver } from '../support.ts';
import { framesPerSecond } from './quantities.ts';

const frames = 2000;
const shim = {
  name: 'disk-shim',
  purpose: 'the bench of answers',
  folder: join(import.meta.dirname, '../peers/disk-shim'),
  files: ['shim.c'],
} as const;

export const answers: Row = {
  name: 'answers',
  title: 'Answers to *every* that wait for the disk',
  about:
    'A packaged sender sends 2000 JPEGs of 480x315 as fast as it goes, and the packaged receiver saves or records them before it answers. In the other runs a library that is loaded before the receiver makes the disk answer at once.',
  seconds: 5,
  quantities: { fps: framesPerSecond },
  contenders: {
    save: measured('--save', 'save', {}),
    saveFree: measured('--save, not waiting for the disk', 'save', { isFree: true }),
    record: measured('--record', 'record', {}),
    recordFree: measured('--record, not waiting for the disk', 'record', { isFree: true }),
  },
  figures: [
    { key: 'save', title: '--save against the same without waiting', quantity: 'fps', of: 'save', against: 'saveFree' },
    {
      key: 'record',
      title: '--record against the same without waiting',
      quantity: 'fps',
      of: 'record',
      against: 'recordFree',
    },
  ],
};

function measured(name: string, option: 'save' | 'record', { isFree = false }: { isFree?: boolean }): Contender {
  const run = async (bench: Bench) => {
    const env = isFree ? { LD_PRELOAD: await buildPreload(shim, 'x64') } : {};
    return { fps: await timeFrames(bench, option, env) };
  };
  return { name, role: isFree ? 'limit' : 'ours', run };
}

/** Frames a second, by the sender's clock until the last is answered for. */
async function timeFrames(bench: Bench, option: string, env: Record<string, string>): Promise<number> {
  using target = new Scratch();
  const source = await bench.pictures(small);
  const { receiver, port } = await startPackagedReceiver([`--${option}`, target.path, '--quiet'], { env });
  await using _receiver = receiver;
  const pace = ['--interval', '0', '--count', `${frames}`];
  await using sender = startPackaged('image-sender', ['folder', source, ...pace, '--port', port]);
  const load = { source, seconds: 60, intervalS: 0 };
  const [, fps] = await sender.waitForLine('stderr', /sent \d+ frames.*\(([\d.]+) fps\)/, limitMs(load));
  return Number(fps);
}
