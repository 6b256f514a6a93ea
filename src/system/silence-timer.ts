/** How long bytes that wait in the kernel may take to get here. */
const lastChanceMs = 100;

/**
 * Calls back when nothing came for a time.
 *
 * After a sleep (SIGSTOP, a suspended laptop) the timers of a program are due before it reads the
 * bytes that came meanwhile: these get a last chance.
 */
export class SilenceTimer {
  readonly #limitMs: number;
  readonly #onSilent: () => void;
  #timer: NodeJS.Timeout;
  #isLastChance = false;

  constructor(limitMs: number, onSilent: () => void) {
    this.#limitMs = limitMs;
    this.#onSilent = onSilent;
    this.#timer = this.#start();
  }

  /** Something came: the time starts again. */
  heard(): void {
    if (!this.#isLastChance) {
      this.#timer.refresh();
      return;
    }
    this.stop();
    this.#isLastChance = false;
    this.#timer = this.#start();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #start(): NodeJS.Timeout {
    return setTimeout(() => {
      this.#isLastChance = true;
      this.#timer = setTimeout(this.#onSilent, lastChanceMs);
    }, this.#limitMs);
  }
}
