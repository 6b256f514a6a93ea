import { onAbort } from './abort.ts';

/** Wakes all waiters when something has changed. They find out themselves what it was. */
export class Notify {
  readonly #listeners = new Set<() => void>();

  /** Whether nobody waits. */
  get isIdle(): boolean {
    return this.#listeners.size === 0;
  }

  notify(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  /**
   * Resolves with undefined at the next `notify`, or when `signal` aborts; or as `promise` does, if
   * that is earlier.
   */
  wait<T = undefined>(signal?: AbortSignal, promise?: Promise<T>): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void) => {
        this.#listeners.delete(wake);
        stopWatching();
        settle();
      };
      const wake = () => finish(() => resolve(undefined));
      this.#listeners.add(wake);
      let stopWatching: () => void = () => undefined;
      if (signal !== undefined) stopWatching = onAbort(signal, wake);
      promise?.then(
        (value) => finish(() => resolve(value)),
        (error) => finish(() => reject(error)),
      );
    });
  }
}
