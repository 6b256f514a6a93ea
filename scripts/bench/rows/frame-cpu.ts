import type { Bench } from '../context.ts';
import { countByClock, lastingSeconds, measureCpu } from '../loads/cpu.ts';
import { startZeroMq } from '../loads/others.ts';
import { startPipePair } from '../loads/ours.ts';
import type { Load, Pair } from '../loads/pair.ts';
import { large } from '../loads/pictures.ts';
import type { Row } from '../row.ts';
import { receiverCpu, senderCpu } from './quantities.ts';

export const cameraRate = 30;

export const frameCpu: Row = {
  name: 'frame-cpu',
  title: 'CPU of a frame at the rate of a camera',
  about:
    'A program writes JPEGs of about 90 kB into the pipe of the packaged sender, 30 a second; the packaged receiver has --quiet. The kernel counts the time of the threads of each program, after a warm-up; the program that writes does not count. imageZMQ has the pictures in memory.',
  seconds: 20,
  quantities: { sender: senderCpu, receiver: receiverCpu },
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
      run: async (bench) => measure(bench, startZeroMq('reply', await cameraLoad(bench))),
    },
  },
  figures: [
    { key: 'sender', title: 'sender, against the baseline', quantity: 'sender', against: 'before', goal: 0.5 },
    { key: 'receiver', title: 'receiver, against the baseline', quantity: 'receiver', against: 'before', goal: 0.5 },
    { key: 'sender-reply', title: 'sender, against imageZMQ', quantity: 'sender', against: 'reply' },
    { key: 'receiver-reply', title: 'receiver, against imageZMQ', quantity: 'receiver', against: 'reply' },
  ],
};

async function measureOurs(bench: Bench, folder: string) {
  return await measure(bench, startPipePair(await cameraLoad(bench), { folder }));
}

async function measure({ seconds }: Bench, starting: Promise<Pair>) {
  await using pair = await starting;
  const { sender, receiver } = pair;
  await pair.started();
  return await measureCpu({ sender, receiver }, countByClock(cameraRate), seconds);
}

/** JPEGs at the rate of a camera, for as long as a measurement takes. */
export async function cameraLoad(bench: Bench): Promise<Load> {
  return { source: await bench.pictures(large), seconds: lastingSeconds(bench.seconds), intervalS: 1 / cameraRate };
}
