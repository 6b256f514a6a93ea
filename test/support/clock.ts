import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildPreload, type PreloadSource } from './preload.ts';

const SOURCE: PreloadSource = {
  name: 'clock-shim',
  purpose: 'the clock shim of the tests',
  folder: join(import.meta.dirname, 'clock-shim'),
  files: ['shim.c'],
};

/**
 * A wall clock of its own for the programs started with its `env`, and for what they start: this machine's plus an
 * offset, which can change while they run. Their monotonic clocks and timers stay as they are. `await using` removes
 * its file; programs that still run then keep the last offset.
 */
export class SteppedClock {
  readonly #folder: string;
  readonly #file: FileHandle;
  #offsetUs = 0;
  /** For the environment of a program. Another LD_PRELOAD library joins this one with a colon. */
  readonly env: Readonly<{ LD_PRELOAD: string; CLOCK_SHIM_FILE: string }>;

  private constructor(folder: string, path: string, file: FileHandle, library: string) {
    this.#folder = folder;
    this.#file = file;
    this.env = { LD_PRELOAD: library, CLOCK_SHIM_FILE: path };
  }

  /** `offsetMs`: how far ahead of this machine's the clock is from the start, below zero for behind. */
  static async open(offsetMs = 0): Promise<SteppedClock> {
    const library = await buildPreload(SOURCE, 'x64');
    const folder = await mkdtemp(join(tmpdir(), 'stepped-clock-'));
    const path = join(folder, 'offset');
    const clock = new SteppedClock(folder, path, await open(path, 'w'), library);
    await clock.step(offsetMs);
    return clock;
  }

  /** Milliseconds that the clock is ahead of this machine's. */
  get offsetMs(): number {
    return this.#offsetUs / 1000;
  }

  /** Sets the clock forward by this much, to the microsecond, or back. The next reading of every program shows it. */
  async step(ms: number): Promise<void> {
    this.#offsetUs += Math.round(ms * 1000);
    const offset = BigInt(this.#offsetUs);
    const bytes = new BigInt64Array([offset, ~offset]);
    // Written in place: the programs have mapped this very file.
    await this.#file.write(bytes, 0, bytes.byteLength, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
