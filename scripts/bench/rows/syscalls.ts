import { setTimeout as delay } from 'node:timers/promises';
import type { Bench } from '../context.ts';
import type { Watched } from '../loads/cpu.ts';
import { startZeroMq } from '../loads/others.ts';
import { startPipePair } from '../loads/ours.ts';
import type { Pair } from '../loads/pair.ts';
import { countCalls } from '../loads/strace.ts';
import type { Row } from '../row.ts';
import { cameraLoad, cameraRate } from './frame-cpu.ts';

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
  contenders: {
    ours: { name: 'image-socket', role: 'ours', run: (bench) => measureOurs(bench, bench.built) },
    before: {
      name: 'image-socket before',
      role: 'before',
      run: async (bench) => measureOurs(bench, await bench.baseline()),
    },
    reply: {
      name: 'imageZMQ, request and reply',
      role: 'peer',
      run: async (bench) => measure(bench, startZeroMq('reply', await longLoad(bench))),
    },
  },
  figures: [
    { key: 'sender', title: 'sender', quantity: 'sender', goal: 6 },
    { key: 'receiver', title: 'receiver', quantity: 'receiver', goal: 4 },
    { key: 'sender-before', title: 'sender, against the baseline', quantity: 'sender', against: 'before' },
    { key: 'receiver-before', title: 'receiver, against the baseline', quantity: 'receiver', against: 'before' },
  ],
};

async function measureOurs(bench: Bench, folder: string) {
  return await measure(bench, startPipePair(await longLoad(bench), { folder }));
}

/** One end after the other is looked at, and strace takes a while to begin and to end. */
async function longLoad(bench: Bench) {
  const load = await cameraLoad(bench);
  return { ...load, seconds: 2 * bench.seconds + 60 };
}

async function measure({ seconds }: Bench, starting: Promise<Pair>) {
  await using pair = await starting;
  await pair.started();
  await delay(warmUpMs);
  const count = async (end: Watched) => {
    const calls = await countCalls(end, seconds);
    return [...calls.values()].reduce((sum, one) => sum + one, 0) / cameraRate;
  };
  return { sender: await count(pair.sender), receiver: await count(pair.receiver) };
}
