import { setTimeout as delay } from 'node:timers/promises';
import type { Bench } from '../context.ts';
import { readMegabytes } from '../loads/cpu.ts';
import { startPipe } from '../loads/ours.ts';
import type { Pair } from '../loads/pair.ts';
import { large } from '../loads/pictures.ts';
import { median } from '../ratios.ts';
import type { Row } from '../row.ts';
import { startPackagedReceiver } from '../support.ts';

const earlyFrames = 10_000;
/** Between two collections of garbage memory moves by several frames. */
const samples = 20;
const sampleEveryMs = 100;
/** A machine that forwards fewer frames a second than this is given up. */
const slowestFps = 100;

export const memoryGrowth: Row = {
  name: 'memory-growth',
  title: 'Resident memory after a million forwarded frames, against that after 10,000',
  about:
    'A program writes JPEGs of about 90 kB into the pipe of the packaged sender, as fast as it goes; the packaged receiver has --quiet. The resident memory (RSS) is the median of 20 looks within two seconds. `--frames N` makes it shorter.',
  seconds: 0,
  quantities: {
    sender: { name: 'MB of the sender', better: 'less', digits: 1 },
    receiver: { name: 'MB of the receiver', better: 'less', digits: 1 },
    senderEarly: { name: 'MB of the sender after 10,000 frames', better: 'less', digits: 1 },
    receiverEarly: { name: 'MB of the receiver after 10,000 frames', better: 'less', digits: 1 },
  },
  contenders: { ours: { name: 'image-socket', role: 'ours', run: measure } },
  figures: (['sender', 'receiver'] as const).map((end) => ({
    ...{ key: end, title: end, quantity: end, of: 'ours', against: 'ours', againstQuantity: `${end}Early`, goal: 1.05 },
  })),
};

async function measure(bench: Bench) {
  const source = await bench.pictures(large);
  const { receiver, port } = await startPackagedReceiver(['--quiet']);
  await using _receiver = receiver;
  let fed = 0;
  const onLine = (line: string) => {
    fed = Number(/^fed (\d+)$/.exec(line)?.[1] ?? fed);
  };
  const load = { source, seconds: bench.frames / slowestFps + 60, intervalS: 0 };
  await using sender = startPipe(load, ['--port', port, '--deliver', 'every'], { onLine });
  const waitFor = async (frames: number) => {
    const endMs = performance.now() + 60_000 + (frames / slowestFps) * 1000;
    while (fed < frames) {
      if (performance.now() > endMs) throw new Error(`Only ${fed} of ${frames} frames were forwarded`);
      // Throws if the sender has ended.
      await readMegabytes(sender);
      await delay(20);
    }
  };
  await waitFor(Math.min(earlyFrames, bench.frames / 2));
  const early = await sample({ sender, receiver });
  await waitFor(bench.frames);
  const late = await sample({ sender, receiver });
  return { ...late, senderEarly: early.sender, receiverEarly: early.receiver };
}

async function sample(pair: Pick<Pair, 'sender' | 'receiver'>) {
  const [sender, receiver]: [number[], number[]] = [[], []];
  for (let i = 0; i < samples; i++) {
    sender.push(await readMegabytes(pair.sender));
    receiver.push(await readMegabytes(pair.receiver));
    await delay(sampleEveryMs);
  }
  return { sender: median(sender), receiver: median(receiver) };
}
