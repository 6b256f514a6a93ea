import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Child } from '../../test/support/child.ts';
import { readSaved } from '../../test/support/saved.ts';
import { until } from '../../test/support/until.ts';
import { startPackagedReceiver } from '../bench/support.ts';
import { Scratch } from '../cli/scratch.ts';

/** A folder for one run: what is saved there, secrets, state. `using` removes it. */
export class Workplace implements Disposable {
  readonly #scratch = new Scratch('interop');

  private constructor() {}

  static async make(): Promise<Workplace> {
    const place = new Workplace();
    for (const name of ['token', 'other-token']) {
      await writeFile(join(place.folder, name), `the secret of ${name}\n`, { mode: 0o600 });
    }
    return place;
  }

  get folder(): string {
    return this.#scratch.path;
  }

  /** Options with the path of this folder in place of `@`. */
  fill(args: readonly string[]): string[] {
    return args.map((arg) => arg.replace(/^@/, `${this.folder}/`));
  }

  /** Options of a receiver that saves what arrives. */
  get saving(): string[] {
    return ['--save', this.#saved, '--quiet'];
  }

  /** A receiver that saves what arrives, and its port. @param packages folder of its program */
  startReceiver(args: readonly string[], packages: string): Promise<{ receiver: Child; port: string }> {
    const all = [...this.saving, ...this.fill(args)];
    return startPackagedReceiver(all, { folder: packages, env: { XDG_STATE_HOME: join(this.folder, 'state') } });
  }

  /** The pictures that have arrived so far, in order. */
  async readArrived(): Promise<Uint8Array[]> {
    return await readSaved(this.#saved).catch((error: NodeJS.ErrnoException) => {
      // The receiver makes the folder.
      if (error.code === 'ENOENT') return [];
      throw error;
    });
  }

  async awaitArrived(count: number, mostMs?: number): Promise<void> {
    await until(async () => (await this.readArrived()).length >= count, `${count} pictures to arrive`, mostMs);
  }

  [Symbol.dispose](): void {
    this.#scratch[Symbol.dispose]();
  }

  get #saved(): string {
    return join(this.folder, 'saved');
  }
}
