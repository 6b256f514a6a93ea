import { join } from 'node:path';
import { Scratch } from '../../cli/scratch.ts';
import type { Bench } from '../context.ts';
import { startZeroMq } from '../loads/others.ts';
import { startCatPair, startPipePair } from '../loads/ours.ts';
import { timePair } from '../loads/pair.ts';
import { writeStream } from '../loads/pictures.ts';
import type { Row } from '../row.ts';
import { load } from './forward-memory.ts';
import { framesPerSecond } from './quantities.ts';

export const forwardPipe: Row = {
  name: 'forward-pipe',
  title: 'Forwarding 720p JPEGs from a pipe, all programs sharing the cores',
  about:
    'Another program writes JPEGs of about 90 kB into the pipe of the packaged sender, as fast as it goes: `cat`, or a program that gives its pages to the pipe without a copy. imageZMQ has them in memory. The goal is one for two cores: on a machine with more, start the bench with `taskset -c 0,1`.',
  seconds: 3,
  quantities: { fps: framesPerSecond },
  contenders: {
    ours: { name: 'image-socket, from cat', role: 'ours', run: timeCat },
    spliced: {
      name: 'image-socket, pages without a copy',
      role: 'ours',
      run: async (bench) => timePair(startPipePair(await load(bench))),
    },
    reply: {
      name: 'imageZMQ, request and reply',
      role: 'peer',
      run: async (bench) => timePair(startZeroMq('reply', await load(bench))),
    },
  },
  figures: [
    {
      key: 'cat',
      title: '`cat` writes, against imageZMQ, request and reply',
      quantity: 'fps',
      against: 'reply',
      goal: 1.5,
    },
    {
      key: 'spliced',
      title: 'pages without a copy, against imageZMQ, request and reply',
      quantity: 'fps',
      of: 'spliced',
      against: 'reply',
      goal: 1.5,
    },
  ],
};

async function timeCat(bench: Bench) {
  using scratch = new Scratch();
  const file = join(scratch.path, 'stream.mjpeg');
  const own = await load(bench);
  await writeStream(own.source, file);
  return await timePair(startCatPair(file, own));
}
