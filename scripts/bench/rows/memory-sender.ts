import { setTimeout as delay } from 'node:timers/promises';
import type { Bench } from '../context.ts';
import { lastingSeconds, readMegabytes } from '../loads/cpu.ts';
import type { Pair } from '../loads/pair.ts';
import { contendAtCameraRate } from '../loads/rate-contenders.ts';
import { median } from '../ratios.ts';
import type { Row } from '../row.ts';

/** Of the second half of a run, in which memory is looked at. */
const samples = 10;

export const memorySender: Row = {
  name: 'memory-sender',
  title: 'Resident memory of a forwarding sender, packaged',
  about:
    'The load of the row frame-cpu: JPEGs of about 90 kB from a pipe, 30 a second. The resident memory (RSS) is looked at ten times in the second half of the run; the value is the median.',
  seconds: 20,
  quantities: {
    sender: { name: 'MB of the sender', better: 'less', digits: 1 },
    receiver: { name: 'MB of the receiver', better: 'less', digits: 1 },
  },
  contenders: contendAtCameraRate(measure),
  figures: [
    { key: 'sender', title: 'sender', quantity: 'sender', goal: 60 },
    { key: 'receiver', title: 'receiver', quantity: 'receiver' },
    { key: 'before', title: 'sender, against the baseline', quantity: 'sender', against: 'before' },
  ],
};

async function measure(pair: Pair, { seconds }: Bench) {
  const halfMs = (lastingSeconds(seconds) - 5) * 500;
  await delay(halfMs);
  const [sender, receiver]: [number[], number[]] = [[], []];
  for (let i = 0; i < samples; i++) {
    await delay(halfMs / samples);
    sender.push(await readMegabytes(pair.sender));
    receiver.push(await readMegabytes(pair.receiver));
  }
  return { sender: median(sender), receiver: median(receiver) };
}
