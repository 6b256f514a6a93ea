import { mediaFile } from '../../../test/support/media.ts';
import type { Bench } from '../context.ts';
import { timeVideoLoop } from '../loads/others.ts';
import { startVideoPair } from '../loads/ours.ts';
import { timePair } from '../loads/pair.ts';
import type { Row } from '../row.ts';
import { framesPerSecond } from './quantities.ts';

export const videoLimit: Row = {
  name: 'video-limit',
  title: '720p H.264 file to decoded frame, beside the same work without a network',
  about:
    'The packaged pair on wire 2 beside loops without a network, one process for each core: the source and the decoder of these programs, and the calls of OpenCV that the Python scripts make.',
  seconds: 5,
  quantities: { fps: framesPerSecond },
  contenders: {
    ours: { name: 'image-socket, wire 2', role: 'ours', run: timeOurs },
    loop: { name: 'own code, no network, all cores', role: 'limit', run: (bench) => timeLoop('ours', bench) },
    python: { name: 'OpenCV in Python, all cores', role: 'limit', run: (bench) => timeLoop('Python', bench) },
  },
  figures: [
    { key: 'loop', title: 'against the own loop on all cores', quantity: 'fps', against: 'loop', goal: 0.85 },
    { key: 'python', title: 'against the loop in Python on all cores', quantity: 'fps', against: 'python' },
  ],
};

async function timeOurs({ seconds }: Bench) {
  return await timePair(startVideoPair({ source: await mediaFile('bench'), seconds, intervalS: 0 }, '2'));
}

async function timeLoop(language: 'ours' | 'Python', { seconds }: Bench) {
  return { fps: await timeVideoLoop(language, await mediaFile('bench'), seconds) };
}
