import type { Bench } from '../context.ts';
import { startZeroMq } from '../loads/others.ts';
import { startMemoryPair } from '../loads/ours.ts';
import { type Load, timePair } from '../loads/pair.ts';
import { large } from '../loads/pictures.ts';
import type { Row } from '../row.ts';
import { framesPerSecond } from './quantities.ts';

export const forwardMemory: Row = {
  name: 'forward-memory',
  title: 'Forwarding 720p JPEGs from memory',
  about:
    'Each sender has sixty JPEGs of about 90 kB in memory, and sends them over and over as fast as it goes. Our sender runs from source, with *every*; the receiver is the packaged one with --quiet. imageZMQ decodes nothing here.',
  seconds: 3,
  quantities: { fps: framesPerSecond },
  contenders: {
    ours: { name: 'image-socket', role: 'ours', run: async (bench) => timePair(startMemoryPair(await load(bench))) },
    reply: {
      name: 'imageZMQ, request and reply',
      role: 'peer',
      run: async (bench) => timePair(startZeroMq('reply', await load(bench))),
    },
    publish: {
      name: 'imageZMQ, publish and subscribe',
      role: 'peer',
      run: async (bench) => timePair(startZeroMq('publish', await load(bench))),
    },
  },
  figures: [
    { key: 'reply', title: 'against imageZMQ, request and reply', quantity: 'fps', against: 'reply', goal: 4 },
    { key: 'publish', title: 'against imageZMQ, publish and subscribe', quantity: 'fps', against: 'publish' },
  ],
};

export async function load(bench: Bench): Promise<Load> {
  return { source: await bench.pictures(large), seconds: bench.seconds, intervalS: 0 };
}
