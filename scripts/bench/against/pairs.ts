import { setTimeout as delay } from 'node:timers/promises';
import type { Child } from '../../../test/support/child.ts';
import { mediaFile } from '../../../test/support/media.ts';
import type { Both } from '../../package/build-commit.ts';
import { readCpuSeconds } from '../loads/cpu.ts';
import { startPipe } from '../loads/ours.ts';
import type { Load } from '../loads/pair.ts';
import { findOption, startPackaged, startPackagedReceiver } from '../support.ts';

/** Both programs of one build at work. */
export interface Pair {
  readonly sender: Child;
  readonly receiver: Child;
  /** Frames so far. */
  count(): number;
}

/** @param folder of the packaged programs */
export async function startForwarding(load: Load, folder: string): Promise<Pair> {
  const deliver = await findOption(['image-sender', 'pipe'], ['deliver', 'send'], folder);
  const { receiver, port } = await startPackagedReceiver(['--quiet'], { folder });
  let fed = 0;
  const onLine = (line: string) => {
    fed = Number(/^fed (\d+)$/.exec(line)?.[1] ?? fed);
  };
  const sender = startPipe(load, ['--port', port, deliver, 'every'], { folder, onLine });
  return { sender, receiver, count: () => fed };
}

/** @param folder of the packaged programs */
export async function startVideo(folder: string): Promise<Pair> {
  const { receiver, port } = await startPackagedReceiver(['--decode', '--json'], { folder });
  const args = ['video', await mediaFile('bench'), '--interval', '0', '--port', port];
  const sender = startPackaged('image-sender', args, { folder });
  return { sender, receiver, count: () => receiver.lines('stdout').length };
}

/** The newest frames, at a camera's rate. @param folder of the packaged programs */
export async function startCamera(load: Load, folder: string): Promise<Pair> {
  const { receiver, port } = await startPackagedReceiver(['--json'], { folder });
  const sender = startPipe(load, ['--port', port], { folder });
  return { sender, receiver, count: () => receiver.lines('stdout').length };
}

export function freeze({ sender, receiver }: Pair): void {
  for (const end of [sender, receiver]) end.signal('SIGSTOP');
}

export function thaw({ sender, receiver }: Pair): void {
  for (const end of [receiver, sender]) end.signal('SIGCONT');
}

export async function stop({ sender, receiver }: Pair): Promise<void> {
  await sender.stop();
  await receiver.stop();
}

export interface Sample {
  readonly frames: number;
  readonly cpuSeconds: number;
}

export async function takeSample({ sender, receiver, count }: Pair): Promise<Sample> {
  return { frames: count(), cpuSeconds: (await readCpuSeconds(sender)) + (await readCpuSeconds(receiver)) };
}

const turnMs = 150;
/** Until the bench has read the last lines of the paused programs. */
const settleMs = 50;

/** Picks the build that begins in a round. */
export function orderOf(round: number): readonly [keyof Both<unknown>, keyof Both<unknown>] {
  return round % 2 === 0 ? ['old', 'new'] : ['new', 'old'];
}

/** Lets one of the two work while the other is paused, and returns the milliseconds that each had. */
export async function takeTurns(pairs: Both<Pair>, turns: number, round: number): Promise<Both<number>> {
  const [first, second] = orderOf(round);
  const ms = { old: 0, new: 0 };
  for (let turn = 0; turn < turns; turn++) {
    // A steady change, such as the heat of the machine, meets both builds alike.
    const side = turn % 4 === 0 || turn % 4 === 3 ? first : second;
    thaw(pairs[side]);
    const startMs = performance.now();
    await delay(turnMs);
    freeze(pairs[side]);
    ms[side] += performance.now() - startMs;
  }
  await delay(settleMs);
  return ms;
}
