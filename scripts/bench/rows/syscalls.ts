import { setTimeout as delay } from 'node:timers/promises';
import type { Bench } from '../context.ts';
import type { Watched } from '../loads/cpu.ts';
import type { Pair } from '../loads/pair.ts';
import { cameraRate, contendAtCameraRate } from '../loads/rate-contenders.ts';
import { countCalls } from '../loads/strace.ts';
import type { Row } from '../row.ts';

const warmUpMs = 3000;

export const syscalls: Row = {
  name: 'syscalls',
  title: 'System calls of a frame at the rate of a camera',
  about:
    'The load of the row frame-cpu. After a warm-up `strace -f -c` counts the system calls of all threads of the sender, and then of the receiver. strace slows the programs down, so nothing else is measured here.',
  seconds: 8,
  packages: ['strace'],
  quantities: {
    sender: { name: 'system calls of the sender a frame', better: 'less', digits: 1 },
    receiver: { name: 'system calls of the receiver a frame', better: 'less', digits: 1 },
  },
  contenders: contendAtCameraRate(measure, lasting),
  figures: [
    { key: 'sender', title: 'sender', quantity: 'sender', goal: 6 },
    { key: 'receiver', title: 'receiver', quantity: 'receiver', goal: 4 },
    { key: 'sender-before', title: 'sender, against the baseline', quantity: 'sender', against: 'before' },
    { key: 'receiver-before', title: 'receiver, against the baseline', quantity: 'receiver', against: 'before' },
  ],
};

/** One end after the other is looked at, and strace takes a while to begin and to end. */
function lasting(seconds: number): number {
  return 2 * seconds + 60;
}

async function measure({ sender, receiver }: Pair, { seconds }: Bench) {
  await delay(warmUpMs);
  const count = async (end: Watched) => {
    const calls = await countCalls(end, seconds);
    return [...calls.values()].reduce((sum, one) => sum + one, 0) / cameraRate;
  };
  return { sender: await count(sender), receiver: await count(receiver) };
}
