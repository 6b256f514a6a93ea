import { join } from 'node:path';
import type { Bench } from '../context.ts';
import { type PictureKind, small } from '../loads/pictures.ts';
import { percentile } from '../ratios.ts';
import type { Row } from '../row.ts';
import { startPackaged, startPackagedReceiver } from '../support.ts';
import { longest, p50, p99 } from './quantities.ts';

const sleeper = join(import.meta.dirname, '../peers/sleeper.py');
const pictureKind: PictureKind = small;
const [cameras, framesPerSecond, detectorS] = [4, 15, 0.02];
/** Results of each camera until the programs are warm. */
const warmUp = 30;

/** The fields of a result that are used here: milliseconds. */
interface ResultLine {
  readonly ageMs?: number;
  readonly slept: number;
}

export const result: Row = {
  name: 'result',
  title: 'Round trip of a result on loopback, 4 cameras at 15 frames a second',
  about:
    'From the capture of a picture to the line with its result on the standard output of its sender, by the one clock of the sender, less the 20 ms that the detector sleeps (as it measures them itself). All programs are packaged. Four detector programs in Python share the cameras, so that none waits for another. The rest is the way of the picture, the way of the answer, and the time in which the detector reads the picture.',
  seconds: 120,
  quantities: { p50, p99, longest },
  contenders: { ours: { name: 'image-socket', role: 'ours', run: measureOurs } },
  figures: [
    { key: 'p50', title: 'p50, ms', quantity: 'p50', goal: 2 },
    { key: 'p99', title: 'p99, ms', quantity: 'p99', goal: 10 },
    { key: 'longest', title: 'longest, ms', quantity: 'longest' },
  ],
};

async function measureOurs(bench: Bench) {
  const folder = await bench.pictures(pictureKind);
  const detect = ['--detect', `python3 ${sleeper} ${detectorS}`, '--detect-workers', `${cameras}`];
  const { receiver, port } = await startPackagedReceiver(['--quiet', ...detect]);
  await using _receiver = receiver;
  const count = `${Math.round((bench.seconds + warmUp / framesPerSecond) * framesPerSecond)}`;
  const pace = ['--fps', `${framesPerSecond}`, '--deliver', 'latest', '--count', count];
  const wishes = ['--results', '--result-max-age', '1m', '--wire', '2', '--port', port];
  const senders = Array.from({ length: cameras }, (_, i) =>
    startPackaged('image-sender', ['folder', folder, ...pace, ...wishes, '--name', `camera-${i}`]),
  );
  const added: number[] = [];
  for (const sender of senders) {
    await sender.wait((bench.seconds + 60) * 1000);
    const lines = sender.lines('stdout').map((line) => JSON.parse(line) as ResultLine);
    for (const { ageMs, slept } of lines.slice(warmUp)) if (ageMs !== undefined) added.push(ageMs - slept);
  }
  return { p50: percentile(added, 0.5), p99: percentile(added, 0.99), longest: Math.max(...added) };
}
