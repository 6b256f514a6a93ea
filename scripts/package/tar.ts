import { requireCommand } from '../debian/command.ts';

export interface TarInput {
  readonly directory: string;
  /** Of files and folders in it. */
  readonly names: readonly string[];
  /** Of all files, since 1970. */
  readonly timeSeconds: number;
  /** Whether a file's mode counts; else all can read it, and its owner can write it. */
  readonly keepsModes: boolean;
}

/**
 * Packs `names` of `directory` into the file `output` (.tar.xz): sorted, all of root's, with one time. The same input
 * gives the same bytes.
 */
export async function packTar(output: string, input: TarInput): Promise<void> {
  const { directory, names, timeSeconds, keepsModes } = input;
  await requireCommand(`Writing ${output}`, 'tar', [
    ...['--create', '--file', output, '--directory', directory],
    // A fixed number of threads: with one, xz cuts its blocks in another way.
    ...['--use-compress-program=xz -3 -T2', '--sort=name', `--mtime=@${timeSeconds}`],
    ...['--owner=0', '--group=0', '--numeric-owner', ...(keepsModes ? [] : ['--mode=u+rw,go=rX'])],
    ...['--format=ustar', ...names],
  ]);
}
