import { syncBuiltinESMExports } from 'node:module';
import { mock } from 'node:test';
import { setImmediate } from 'node:timers/promises';

/** Timers and `performance.now()` of this process, which go on when the test says so. For one test at a time. */
export class FakeTime implements Disposable {
  #nowMs = performance.now();
  readonly #clock = mock.method(performance, 'now', () => this.#nowMs);

  constructor() {
    mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
    // Names imported from node:timers/promises are mocked as well.
    syncBuiltinESMExports();
  }

  /** Lets so many milliseconds pass, one by one, and what is due in each be done. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed++) {
      this.#nowMs++;
      mock.timers.tick(1);
      await setImmediate();
    }
  }

  [Symbol.dispose](): void {
    mock.timers.reset();
    syncBuiltinESMExports();
    this.#clock.mock.restore();
  }
}
