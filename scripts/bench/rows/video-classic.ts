import { timePythonScripts } from '../loads/others.ts';
import { readRate } from '../loads/ours.ts';
import { longVideo } from '../loads/video.ts';
import type { Row } from '../row.ts';
import { startPackaged, startPackagedReceiver } from '../support.ts';
import { framesPerSecond } from './quantities.ts';

export const videoClassic: Row = {
  name: 'video-classic',
  title: '720p H.264 file to decoded frame, classic wire',
  about:
    'A video of 2400 frames is played once, as fast as it goes. The sender decodes it, shrinks each frame to 480x315 and encodes it; the receiver decodes the JPEG. The packaged pair on the classic wire beside the two Python scripts.',
  seconds: 8,
  quantities: { fps: framesPerSecond },
  contenders: {
    ours: { name: 'image-socket, classic wire', role: 'ours', run: async () => ({ fps: await timeOurs() }) },
    python: {
      name: 'Python scripts',
      role: 'peer',
      run: async () => ({ fps: await timePythonScripts(await longVideo()) }),
    },
  },
  figures: [{ key: 'python', title: 'against the Python scripts', quantity: 'fps', against: 'python', goal: 2.2 }],
};

async function timeOurs(): Promise<number> {
  const source = await longVideo();
  const { receiver, port } = await startPackagedReceiver(['--decode', '--quiet']);
  await using _receiver = receiver;
  const args = ['video', source, '--once', '--interval', '0', '--wire', 'classic', '--port', port];
  await using _sender = startPackaged('image-sender', args);
  return await readRate(receiver, { source, seconds: 60, intervalS: 0 });
}
