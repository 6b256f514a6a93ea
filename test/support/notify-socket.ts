import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPackages } from '../../scripts/debian/install.ts';
import { Child } from './child.ts';
import { PYTHON } from './python.ts';
import { scaleMs } from './speed.ts';

/** One notification of a service, by variable: `{ STATUS: '...', WATCHDOG: '1' }`. */
export type Word = Readonly<Record<string, string | boolean>>;

const soonMs = scaleMs(20_000);

/** The place where systemd listens to a service. `await using` closes it. */
export class NotifySocket {
  readonly path: string;
  readonly #child: Child;
  readonly #folder: string;

  private constructor(folder: string, path: string, child: Child) {
    this.#folder = folder;
    this.path = path;
    this.#child = child;
  }

  /** @param holdSeconds how long each notification keeps its sender waiting */
  static async open(holdSeconds = 0): Promise<NotifySocket> {
    await installPackages(['python3', 'systemd'], 'a service that tells systemd how it does');
    const folder = await mkdtemp(join(tmpdir(), 'image-socket-notify-'));
    const path = join(folder, 'socket');
    const script = fileURLToPath(new URL('python/notify_socket.py', import.meta.url));
    const child = new Child(PYTHON, ['-B', '-u', script, path, `--hold=${holdSeconds}`]);
    await child.waitForLine('stdout', /listening/, soonMs);
    return new NotifySocket(folder, path, child);
  }

  /** All words so far. */
  get words(): Word[] {
    const lines = this.#child.lines('stdout').slice(1);
    return lines.map((line) => JSON.parse(line) as Word);
  }

  /** The next notification with that variable, after the last one waited for. */
  async next(variable: string): Promise<Word> {
    const [line] = await this.#child.waitForLine('stdout', new RegExp(`^\\{.*"${variable}":.*$`), soonMs);
    return JSON.parse(line) as Word;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
