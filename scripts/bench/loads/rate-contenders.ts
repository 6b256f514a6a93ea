import { setTimeout as delay } from 'node:timers/promises';
import type { Bench } from '../context.ts';
import type { Contender, Values } from '../row.ts';
import { lastingSeconds } from './cpu.ts';
import { startZeroMq } from './others.ts';
import { startPipePair } from './ours.ts';
import type { Load, Pair } from './pair.ts';
import { large } from './pictures.ts';

/** Frames a second of a camera. */
export const cameraRate = 30;
/** As many frames as a camera gives in three minutes go first: V8 has compiled all that a frame needs then. */
const warmUpS = 10;

/**
 * Contenders that forward JPEGs at the rate of a camera: the packaged pair with a pipe, the same of the baseline, and
 * imageZMQ.
 * @param measure looks at the pair, which is stopped afterwards
 * @param lastsSeconds for how long the pair sends, of the seconds of a run
 */
export function contendAtCameraRate(
  measure: (pair: Pair, bench: Bench) => Promise<Values>,
  lastsSeconds: (seconds: number) => number = lastingSeconds,
): { readonly ours: Contender; readonly before: Contender; readonly reply: Contender } {
  const run = async (bench: Bench, start: (load: Load) => Promise<Pair>) => {
    const [source, seconds] = [await bench.pictures(large), lastsSeconds(bench.seconds)];
    await using pair = await start({ source, seconds: warmUpS + seconds, intervalS: 1 / cameraRate, warmUpS });
    await pair.started();
    await delay(warmUpS * 1000);
    return await measure(pair, bench);
  };
  const runOurs = (bench: Bench, folder: string) => run(bench, (load) => startPipePair(load, { folder }));
  return {
    ours: { name: 'image-socket', role: 'ours', run: (bench) => runOurs(bench, bench.built) },
    before: {
      name: 'image-socket before',
      role: 'before',
      run: async (bench) => runOurs(bench, await bench.baseline()),
    },
    reply: {
      name: 'imageZMQ, request and reply',
      role: 'peer',
      run: (bench) => run(bench, (load) => startZeroMq('reply', load)),
    },
  };
}
