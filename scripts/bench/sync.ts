import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child } from '../../test/support/child.ts';
import { buildPreload } from '../../test/support/preload.ts';
import { withPictures } from './pictures.ts';
import { median, programFile, say, startPackaged, timeoutMs } from './support.ts';

const rounds = 7;
const frames = 2000;
const kinds = ['save', 'record'] as const;
const shim = {
  name: 'sync-shim',
  purpose: 'the bench of answers',
  folder: join(import.meta.dirname, 'sync-shim'),
  files: ['shim.c'],
} as const;

/** Prints the cost of writing a frame of *every* to the disk before it is acknowledged: frames per second with and without, by turns. */
export async function compareAnswers(): Promise<void> {
  const preload = await buildPreload(shim, 'x64');
  await withPictures({ quality: 90, size: '480x315' }, async (folder) => {
    for (const kind of kinds) {
      say(
        `--${kind} of a sender of every frame at full speed, ${frames} frames of 480x315, on the disk of ${tmpdir()}`,
      );
      const ratios: number[] = [];
      const found: { synced: number; free: number }[] = [];
      for (let round = 1; round <= rounds; round++) {
        const synced = await timeFrames(kind, folder, {});
        const free = await timeFrames(kind, folder, { LD_PRELOAD: preload });
        found.push({ synced, free });
        ratios.push(synced / free);
        say(`  round ${round}: ${synced.toFixed(0)} fps on the disk, ${free.toFixed(0)} fps without waiting for it`);
      }
      const [synced, free] = (['synced', 'free'] as const).map((of) => median(found.map((one) => one[of])).toFixed(0));
      const [min, max] = [Math.min(...ratios).toFixed(2), Math.max(...ratios).toFixed(2)];
      say(`  median: ${synced} and ${free} fps, ratio ${median(ratios).toFixed(2)} (${min} to ${max})`);
    }
  });
}

/** Frames a second, by the sender's clock until the last is answered for. */
async function timeFrames(kind: (typeof kinds)[number], folder: string, env: Record<string, string>): Promise<number> {
  const target = await mkdtemp(join(tmpdir(), 'image-socket-bench-'));
  try {
    const args = ['--port', '0', `--${kind}`, target, '--quiet'];
    await using receiver = new Child(programFile('image-receiver'), args, { env });
    const [, port = ''] = await receiver.waitForLine('stderr', /listening on [^ ]*:(\d+)/, timeoutMs);
    const pace = ['--interval', '0', '--count', `${frames}`];
    await using sender = startPackaged('image-sender', ['folder', folder, ...pace, '--port', port]);
    const [, fps] = await sender.waitForLine('stderr', /sent \d+ frames.*\(([\d.]+) fps\)/, timeoutMs);
    await receiver.stop();
    return Number(fps);
  } finally {
    await rm(target, { recursive: true, force: true });
  }
}
