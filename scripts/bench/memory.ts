import { readFile } from 'node:fs/promises';
import type { Child } from '../../test/support/child.ts';
import { mediaFile } from '../../test/support/media.ts';
import { say, startPackaged, startPackagedReceiver, timeoutMs } from './support.ts';

const memoryFrames = 10_000;

/** Resident memory in MB. */
async function readMemory(child: Child): Promise<number> {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024;
}

/** Early and late in a long run. */
export async function watchMemory(): Promise<void> {
  const { receiver, port } = await startPackagedReceiver(['--decode', '--json']);
  const args = [
    'video',
    await mediaFile('h264'),
    '--interval',
    '0',
    '--count',
    `${memoryFrames + 500}`,
    '--port',
    port,
  ];
  await using sender = startPackaged('image-sender', args);
  const samples: number[][] = [];
  for (const frames of [1000, memoryFrames]) {
    await receiver.waitForLine('stdout', new RegExp(`"sequence":${frames},`), timeoutMs);
    samples.push([await readMemory(sender), await readMemory(receiver)]);
  }
  await sender.stop();
  await receiver.stop();
  for (const [i, end] of ['sender', 'receiver'].entries()) {
    const [early = Number.NaN, late = Number.NaN] = samples.map((sample) => sample[i]);
    const growth = `${((late / early - 1) * 100).toFixed(1)} %`;
    say(
      `memory of the ${end}: ${early.toFixed(0)} MB after 1,000 frames, ${late.toFixed(0)} MB after 10,000 (${growth})`,
    );
  }
}
