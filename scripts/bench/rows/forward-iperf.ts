import type { Bench } from '../context.ts';
import { timeIperf } from '../loads/others.ts';
import { startMemoryPair } from '../loads/ours.ts';
import { timePair } from '../loads/pair.ts';
import { findMeanBytes } from '../loads/pictures.ts';
import type { Row } from '../row.ts';
import { load } from './forward-memory.ts';
import { bytesPerSecond } from './quantities.ts';

export const forwardIperf: Row = {
  name: 'forward-iperf',
  title: 'Forwarding 720p JPEGs from memory, bytes a second',
  about:
    'Our sender has sixty JPEGs of about 90 kB in memory, and sends them over and over to the packaged receiver. `iperf3 -l 90K` writes pieces of the same size, and its receiver throws them away.',
  seconds: 3,
  quantities: { bytes: bytesPerSecond },
  contenders: {
    ours: { name: 'image-socket', role: 'ours', run: timeOurs },
    iperf: {
      name: 'iperf3 -l 90K',
      role: 'limit',
      run: async ({ seconds }) => ({ bytes: (await timeIperf('90K', seconds)) / 1e6 }),
    },
  },
  figures: [{ key: 'iperf', title: 'against `iperf3 -l 90K`', quantity: 'bytes', against: 'iperf', goal: 0.45 }],
};

async function timeOurs(bench: Bench) {
  const own = await load(bench);
  const { fps } = await timePair(startMemoryPair(own));
  return { bytes: (fps * (await findMeanBytes(own.source))) / 1e6 };
}
