import { installPackages } from '../debian/install.ts';
import { measureCpu } from './forward-cpu.ts';
import { type Load, startMemoryPair, startPipePair, startRequestReply, timeIperf } from './forward-pairs.ts';
import { readPictures, withPictures } from './pictures.ts';
import { median, say } from './support.ts';

const rounds = 5;
const framesPerRound = 40_000;
/** Gives JPEGs of about 90 kB. */
const quality = 95;
const pairs = {
  'request and reply': startRequestReply,
  'ours from memory': startMemoryPair,
  'image-sender pipe': startPipePair,
} as const;

/** JPEGs that are there already, as fast as they can be forwarded and at a camera's rate, beside other ways to do so. */
export async function compareForwarding(): Promise<void> {
  await installPackages(['python3', 'python3-zmq', 'iperf3'], 'the bench of forwarding');
  await withPictures({ quality, size: 'source' }, async (folder) => {
    await compareSpeed(folder);
    await measureCpu(folder);
  });
}

async function compareSpeed(folder: string): Promise<void> {
  const bytes = await findMeanBytes(folder);
  const load: Load = { folder, frames: framesPerRound, intervalS: 0 };
  say(`forwarding 720p JPEGs of ${(bytes / 1000).toFixed(0)} kB over loopback, ${framesPerRound} at a time, by turns`);
  const found: Record<string, number[]> = {};
  for (let round = 1; round <= rounds; round++) {
    const results: Record<string, number> = {};
    for (const [name, start] of Object.entries(pairs)) results[name] = await (await start(load)).end();
    results['iperf3'] = (await timeIperf()) / bytes;
    results['iperf3 -l 90K'] = (await timeIperf(['-l', '90K'])) / bytes;
    for (const [name, fps] of Object.entries(results)) found[name] = [...(found[name] ?? []), fps];
    const words = Object.entries(results).map(([name, fps]) => `${name} ${fps.toFixed(0)}`);
    say(`  round ${round}, frames per second: ${words.join(', ')}`);
  }
  for (const [name, all] of Object.entries(found)) {
    const [middle, min, max] = [median(all), Math.min(...all), Math.max(...all)].map((fps) => fps.toFixed(0));
    say(`  ${name}: median ${middle} fps (${min} to ${max}), ${((median(all) * bytes) / 1e6).toFixed(0)} MB/s`);
  }
  for (const ours of ['ours from memory', 'image-sender pipe']) {
    for (const other of ['request and reply', 'iperf3', 'iperf3 -l 90K']) sayRatio(found, ours, other);
  }
}

/** Round by round, as what disturbs the machine disturbs both. */
function sayRatio(found: Record<string, number[]>, ours: string, other: string): void {
  const ratios = (found[ours] ?? []).map((fps, i) => fps / (found[other]?.[i] ?? Number.NaN));
  const [min, max] = [Math.min(...ratios).toFixed(2), Math.max(...ratios).toFixed(2)];
  say(`  ${ours} / ${other}: ${median(ratios).toFixed(2)} (${min} to ${max})`);
}

async function findMeanBytes(folder: string): Promise<number> {
  const pictures = await readPictures(folder);
  return pictures.reduce((sum, jpeg) => sum + jpeg.length, 0) / pictures.length;
}
