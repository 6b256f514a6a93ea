import { cp, mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ARCHIVE_LIMIT } from './programs.ts';
import { packTar } from './tar.ts';

/**
 * Writes `output` (.tar.xz) with one top folder `name` that holds the given files and folders of `directory`. The same
 * input gives the same bytes. Throws when the archive is larger than ARCHIVE_LIMIT.
 */
export async function writeArchive(
  output: string,
  name: string,
  directory: string,
  { entries, timeSeconds }: { entries: readonly { from: string; to: string }[]; timeSeconds: number },
): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'image-socket-archive-'));
  const part = `${output}.part-${process.pid}`;
  try {
    await mkdir(join(work, name));
    for (const { from, to } of entries) await cp(join(directory, from), join(work, name, to), { recursive: true });
    await packTar(part, { directory: work, names: [name], timeSeconds, keepsModes: false });
    const { size } = await stat(part);
    if (size > ARCHIVE_LIMIT) {
      throw new Error(
        `${output} would have ${size} bytes, the limit is ${ARCHIVE_LIMIT}: something grew that should not`,
      );
    }
    await rename(part, output);
  } finally {
    await rm(part, { force: true });
    await rm(work, { recursive: true, force: true });
  }
}
