import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';

/** How long two Node processes at once take to start and to end on the machine that the tests' times were set on, in milliseconds. */
const referenceMs = 50;
const rounds = 9;
const maxSlowdown = 8;
const lookEveryMs = 5000;

/**
 * How many times slower than the reference machine this one is, with everything else that runs on it: 1 to 8.
 *
 * Starting processes is what the tests wait for most. The median of the last nine rounds counts; one is run every five seconds, as other
 * work may come and go while the tests run.
 */
export class SlowdownWatch implements Disposable {
  readonly #times: number[] = [];
  readonly #timer: NodeJS.Timeout;

  private constructor() {
    this.#timer = setInterval(() => void this.#measure(), lookEveryMs);
  }

  static async start(): Promise<SlowdownWatch> {
    const watch = new SlowdownWatch();
    for (let round = 0; round < rounds; round++) await watch.#measure();
    return watch;
  }

  get slowdown(): number {
    const medianMs = [...this.#times].sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? referenceMs;
    return Math.min(maxSlowdown, Math.max(1, medianMs / referenceMs));
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  async #measure(): Promise<void> {
    const startedMs = performance.now();
    await Promise.all([startNode(), startNode()]);
    this.#times.push(performance.now() - startedMs);
    if (this.#times.length > rounds) this.#times.shift();
  }
}

async function startNode(): Promise<void> {
  await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'close');
}
