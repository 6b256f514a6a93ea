import type { PictureOptions } from '../shared-options.ts';

/** The choices that become arguments of rpicam-vid. */
export interface RpicamChoices extends Pick<PictureOptions, 'size' | 'quality' | 'intervalMs'> {
  /** Number of the camera, as the list of cameras has it; undefined: the first. */
  readonly camera?: string | undefined;
  /** Passed to rpicam-vid unchanged, in place of the default arguments. */
  readonly extraArguments: readonly string[];
}

interface OwnArgument {
  readonly long: string;
  readonly short?: string;
  readonly words: readonly string[];
}

/**
 * The arguments of rpicam-vid (and of its predecessor) for JPEGs without end on standard output.
 *
 * It refuses an option that comes twice, so that ours give way to those that are given; Boost's
 * program_options, which it reads them with, takes the beginnings of names, and values that stick
 * to a letter.
 */
export function composeRpicamArguments({ extraArguments, ...choices }: RpicamChoices): string[] {
  const own = listOwn(choices).filter((argument) => !extraArguments.some((word) => isOption(word, argument)));
  return [...own.flatMap(({ words }) => words), ...extraArguments];
}

function listOwn({ camera, size, quality, intervalMs }: Omit<RpicamChoices, 'extraArguments'>): OwnArgument[] {
  const own: OwnArgument[] = [
    { long: '--nopreview', short: '-n', words: ['-n'] },
    // It would end after 5 s.
    { long: '--timeout', short: '-t', words: ['-t', '0'] },
    { long: '--codec', words: ['--codec', 'mjpeg'] },
    { long: '--quality', short: '-q', words: ['-q', `${quality}`] },
  ];
  if (camera !== undefined) own.push({ long: '--camera', words: ['--camera', camera] });
  if (size !== undefined) {
    own.push({ long: '--width', words: ['--width', `${size.width}`] });
    own.push({ long: '--height', words: ['--height', `${size.height}`] });
  }
  if (intervalMs > 0) {
    const rate = Number((1000 / intervalMs).toPrecision(6));
    own.push({ long: '--framerate', words: ['--framerate', `${rate}`] });
  }
  // Without it the end of a picture would wait for the next.
  own.push({ long: '--flush', words: ['--flush'] });
  own.push({ long: '--output', short: '-o', words: ['-o', '-'] });
  return own;
}

function isOption(word: string, { long, short }: OwnArgument): boolean {
  if (!word.startsWith('--')) return short !== undefined && word.startsWith(short);
  const [name = ''] = word.split('=');
  return name !== '--' && long.startsWith(name);
}
