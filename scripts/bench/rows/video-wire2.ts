import { mediaFile } from '../../../test/support/media.ts';
import type { Bench } from '../context.ts';
import { startZeroMq } from '../loads/others.ts';
import { startVideoPair } from '../loads/ours.ts';
import { type Load, timePair } from '../loads/pair.ts';
import type { Row } from '../row.ts';
import { framesPerSecond } from './quantities.ts';

export const videoWire2: Row = {
  name: 'video-wire2',
  title: '720p H.264 file to decoded frame, wire 2',
  about:
    'A video is played over and over, as fast as it goes. The sender decodes it, shrinks each frame to 480x315 and encodes it; the receiver decodes the JPEG. imageZMQ makes the same calls of OpenCV in Python: with request and reply it waits for the answer to each picture; with publish and subscribe it does not wait.',
  seconds: 5,
  quantities: { fps: framesPerSecond },
  contenders: {
    ours: {
      name: 'image-socket, wire 2',
      role: 'ours',
      run: async (bench) => timePair(startVideoPair(await load(bench), '2')),
    },
    reply: {
      name: 'imageZMQ, request and reply',
      role: 'peer',
      run: async (bench) => timePair(startZeroMq('reply', await load(bench), { decode: true })),
    },
    publish: {
      name: 'imageZMQ, publish and subscribe',
      role: 'peer',
      run: async (bench) => timePair(startZeroMq('publish', await load(bench), { decode: true })),
    },
  },
  figures: [
    { key: 'reply', title: 'against imageZMQ, request and reply', quantity: 'fps', against: 'reply', goal: 2.2 },
    {
      key: 'publish',
      title: 'against imageZMQ, publish and subscribe',
      quantity: 'fps',
      against: 'publish',
      goal: 2.2,
    },
  ],
};

async function load({ seconds }: Bench): Promise<Load> {
  return { source: await mediaFile('bench'), seconds, intervalS: 0 };
}
