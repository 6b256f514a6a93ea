import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Child } from '../../test/support/child.ts';
import { type Load, type Pair, startPipePair, startRequestReply } from './forward-pairs.ts';
import { median, say } from './support.ts';

const rounds = 3;
const framesPerSecond = 30;
/** Until the programs are warm and the clocks compared. */
const warmUpS = 5;
const measuredS = 20;
/** Of the kernel's figures (USER_HZ). */
const ticksPerSecond = 100;

const ends = ['sender', 'receiver'] as const;
type Ends = Record<(typeof ends)[number], number>;

/** Prints the cost of forwarding at the rate of a camera: milliseconds of a core for each frame, by the count of the kernel. */
export async function measureCpu(folder: string): Promise<void> {
  const frames = framesPerSecond * (warmUpS + measuredS + 2);
  const load: Load = { folder, frames, intervalS: 1 / framesPerSecond };
  say(`  CPU at ${framesPerSecond} frames a second, ${rounds} times ${measuredS} s, by turns`);
  const found: Record<string, Ends[]> = { 'image-sender pipe': [], 'request and reply': [] };
  for (let round = 1; round <= rounds; round++) {
    found['image-sender pipe']?.push(await watch(await startPipePair(load)));
    found['request and reply']?.push(await watch(await startRequestReply(load)));
  }
  for (const [name, costs] of Object.entries(found)) {
    const stats = ends.map((end) => {
      const all = costs.map((cost) => cost[end]);
      return `${end} ${median(all).toFixed(2)} ms a frame (${Math.min(...all).toFixed(2)} to ${Math.max(...all).toFixed(2)})`;
    });
    say(`    ${name}: ${stats.join(', ')}`);
  }
}

async function watch(pair: Pair): Promise<Ends> {
  await delay(warmUpS * 1000);
  const before = await readBoth(pair);
  const startMs = performance.now();
  await delay(measuredS * 1000);
  const frames = ((performance.now() - startMs) / 1000) * framesPerSecond;
  const after = await readBoth(pair);
  await pair.end();
  const perFrame = (end: keyof Ends) => ((after[end] - before[end]) * 1000) / frames;
  return { sender: perFrame('sender'), receiver: perFrame('receiver') };
}

async function readBoth({ sender, receiver }: Pair): Promise<Ends> {
  return { sender: await readCpuSeconds(sender), receiver: await readCpuSeconds(receiver) };
}

/** Seconds of a core, in the program and in the kernel for it, since the process began. */
export async function readCpuSeconds(child: Pick<Child, 'pid'>): Promise<number> {
  const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8');
  // The name of the program, in parentheses, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}
