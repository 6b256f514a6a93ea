import { cacheFile } from '../../../test/support/cache.ts';
import { runChild } from '../../../test/support/child.ts';
import { mediaFile } from '../../../test/support/media.ts';

const repeats = 3;
const timeoutMs = 120_000;

/** The video of the bench four times in one file: 2400 frames, enough to measure one run with. Kept in the user cache. */
export async function longVideo(): Promise<string> {
  const source = await mediaFile('bench');
  return cacheFile('media', 'bench-long.mp4', [source, repeats], async (path) => {
    const args = ['-v', 'error', '-y', '-stream_loop', `${repeats}`, '-i', source, '-c', 'copy', path];
    await runChild('/usr/bin/ffmpeg', args, timeoutMs);
  });
}
