import { LoginNeeded, readFramed } from './framed-stream.js';

/** The receiver says something once a second. */
const silenceMs = 6000;
const waitsMs = [300, 1000, 2000, 4000];

/** The one stream of everything live: begins again when it breaks, and rests while nobody looks at the page. */
export class Live {
  #handler;
  #abort;
  #failures = 0;
  #timer;
  #isWanted = false;
  #only;

  /** @param handler `{ onPicture(record, jpeg), onCameras(record), onState('open' | 'cut' | 'resting'), onLoginNeeded() }` */
  constructor(handler) {
    this.#handler = handler;
    document.addEventListener('visibilitychange', () => this.#settle());
    window.addEventListener('pagehide', () => this.#stop());
    window.addEventListener('pageshow', () => this.#settle());
  }

  /** @param isWanted whether live pictures are on view */
  set isWanted(isWanted) {
    this.#isWanted = isWanted;
    this.#settle();
  }

  /** @param only key of the one camera whose pictures are wanted; undefined: all of them */
  set only(only) {
    if (only === this.#only) return;
    this.#only = only;
    this.#stop();
    this.#settle();
  }

  #settle() {
    const isWanted = this.#isWanted && !document.hidden;
    if (isWanted && this.#abort === undefined) void this.#run();
    else if (!isWanted) this.#stop();
  }

  #stop() {
    clearTimeout(this.#timer);
    this.#abort?.abort();
    this.#abort = undefined;
  }

  async #run() {
    const abort = new AbortController();
    this.#abort = abort;
    const watch = () => {
      if (this.#abort !== abort) return;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => abort.abort(), silenceMs);
    };
    watch();
    const query = this.#only === undefined ? '' : `?${new URLSearchParams({ camera: this.#only })}`;
    try {
      for await (const { record, jpeg } of readFramed(`/api/live${query}`, abort.signal, watch)) {
        if (jpeg !== undefined) this.#handler.onPicture(record, jpeg);
        else if (record.type === 'cameras') this.#open(record);
      }
    } catch (error) {
      if (error instanceof LoginNeeded) {
        this.#handler.onLoginNeeded();
        return;
      }
    }
    // Whoever stopped it does not want it again.
    if (this.#abort !== abort) return;
    this.#handler.onState('cut');
    const waitMs = waitsMs[Math.min(this.#failures++, waitsMs.length - 1)];
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#abort = undefined;
      this.#settle();
    }, waitMs);
  }

  #open(record) {
    this.#failures = 0;
    this.#handler.onState('open');
    this.#handler.onCameras(record);
  }
}
