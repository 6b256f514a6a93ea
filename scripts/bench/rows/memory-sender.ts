import { setTimeout as delay } from 'node:timers/promises';
import type { Bench } from '../context.ts';
import { startBareNode } from '../loads/bare-node.ts';
import { lastingSeconds, readMegabytes, type Watched } from '../loads/cpu.ts';
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
    'The load of the row frame-cpu: JPEGs of about 90 kB from a pipe, 30 a second. The resident memory (RSS) is looked at ten times in the second half of the run; the value is the median. Own memory (RssAnon) is what is left without the pages of files: those of Node in the package are most of the rest, and the kernel drops them where memory is short. Node alone is a packaged program that does nothing.',
  seconds: 20,
  quantities: {
    sender: { name: 'MB of the sender', better: 'less', digits: 1 },
    senderOwn: { name: 'MB of the sender, own', better: 'less', digits: 1 },
    receiver: { name: 'MB of the receiver', better: 'less', digits: 1 },
    receiverOwn: { name: 'MB of the receiver, own', better: 'less', digits: 1 },
  },
  contenders: {
    ...contendAtCameraRate(measure),
    bare: { name: 'Node alone', role: 'limit', run: measureBareNode },
  },
  figures: [
    { key: 'sender', title: 'sender', quantity: 'sender', goal: 60 },
    { key: 'sender-own', title: 'sender, own memory', quantity: 'senderOwn' },
    { key: 'bare', title: 'sender, against Node alone', quantity: 'sender', against: 'bare' },
    { key: 'bare-own', title: 'sender, own memory, against Node alone', quantity: 'senderOwn', against: 'bare' },
    { key: 'receiver', title: 'receiver', quantity: 'receiver' },
    { key: 'receiver-own', title: 'receiver, own memory', quantity: 'receiverOwn' },
    { key: 'before', title: 'sender, against the baseline', quantity: 'sender', against: 'before' },
  ],
};

async function measure({ sender, receiver }: Pair, bench: Bench) {
  const [ofSender, ofReceiver] = await Promise.all([look(sender, bench), look(receiver, bench)]);
  return {
    ...{ sender: ofSender.resident, senderOwn: ofSender.own },
    ...{ receiver: ofReceiver.resident, receiverOwn: ofReceiver.own },
  };
}

async function measureBareNode(bench: Bench) {
  await using node = await startBareNode();
  const { resident, own } = await look(node, bench);
  return { sender: resident, senderOwn: own };
}

/** Medians of the second half of a run, in MB. */
async function look(process: Watched, { seconds }: Bench) {
  const halfMs = (lastingSeconds(seconds) - 5) * 500;
  await delay(halfMs);
  const [resident, own]: [number[], number[]] = [[], []];
  for (let i = 0; i < samples; i++) {
    await delay(halfMs / samples);
    resident.push(await readMegabytes(process));
    own.push(await readMegabytes(process, 'RssAnon'));
  }
  return { resident: median(resident), own: median(own) };
}
