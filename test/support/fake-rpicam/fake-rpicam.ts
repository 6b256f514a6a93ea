import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FakePlan, FakeStart } from './plan.ts';

const program = join(import.meta.dirname, 'rpicam-vid.ts');

/** A folder with fake rpicam-apps, for the front of a search path. `await using` removes it. */
export class FakeRpicam implements AsyncDisposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Without any program. */
  static async open(): Promise<FakeRpicam> {
    return new FakeRpicam(await mkdtemp(join(tmpdir(), 'fake-rpicam-')));
  }

  /** With a `rpicam-vid` that does as the plan says. */
  static async withPlan(plan: FakePlan, name = 'rpicam-vid'): Promise<FakeRpicam> {
    const fake = await FakeRpicam.open();
    await writeFile(join(fake.folder, 'plan.json'), JSON.stringify(plan));
    // One process, so that signals reach the program itself.
    await fake.install(name, `exec '${process.execPath}' --no-warnings '${program}' '${fake.folder}' "$@"`);
    return fake;
  }

  /** Adds a program that is a shell script. */
  async install(name: string, script: string): Promise<void> {
    const path = join(this.folder, name);
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
  }

  /** In which no other programs are found. */
  get environment(): NodeJS.ProcessEnv {
    return { ...process.env, PATH: this.folder };
  }

  /** The starts of `rpicam-vid` so far. */
  async starts(): Promise<FakeStart[]> {
    const text = await readFile(join(this.folder, 'starts'), 'utf8').catch(() => '');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as FakeStart);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
