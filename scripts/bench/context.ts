import { buildCommit } from '../package/build-commit.ts';
import { makePictures, type PictureKind } from './loads/pictures.ts';
import { builtFolder } from './support.ts';

/** Shared by the contenders of all rows. */
export interface Bench {
  /** Of one run of a contender. */
  readonly seconds: number;
  /** How many frames the rows of memory forward. */
  readonly frames: number;
  /** Holds the packaged programs of this tree. */
  readonly built: string;
  /** Holds those of the commit of `--baseline`, which the first call builds. */
  baseline(): Promise<string>;
  /** A folder of sixty JPEGs, made at the first call. */
  pictures(kind: PictureKind): Promise<string>;
}

export interface BenchOptions {
  readonly frames: number;
  readonly baseline: string;
}

/** Makes the context of a row that runs its contenders for so many seconds. */
export function openBench({ frames, baseline }: BenchOptions): (seconds: number) => Bench {
  let build: Promise<{ folder: string }> | undefined;
  const folders = new Map<string, Promise<string>>();
  const shared = {
    frames,
    built: builtFolder,
    async baseline() {
      build ??= buildCommit(baseline);
      return (await build).folder;
    },
    pictures(kind: PictureKind) {
      const key = JSON.stringify(kind);
      const folder = folders.get(key) ?? makePictures(kind);
      folders.set(key, folder);
      return folder;
    },
  };
  return (seconds) => ({ ...shared, seconds });
}
