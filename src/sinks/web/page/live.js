import { LoginRequired, readFramed } from './framed-stream.js';

/** The receiver sends something once a second: after so long it is gone. */
const silenceTimeoutMs = 6000;
const retryDelaysMs = [300, 1000, 2000, 4000];

/**
 * The one stream of all live pictures: it begins again when it breaks, and pauses while the page is
 * hidden.
 */
export class LiveStream {
  #handler;
  #abort;
  #failures = 0;
  #timer;
  #isWanted = false;
  #cameraKey;
  #wantsResults = true;

  /**
   * @param handler `{ onPicture(record, jpeg), onCameras(record), onConnected(isConnected),
   * onLoginRequired() }`
   */
  constructor(handler) {
    this.#handler = handler;
    document.addEventListener('visibilitychange', () => this.#startOrStop());
    window.addEventListener('pagehide', () => this.#stop());
    window.addEventListener('pageshow', () => this.#startOrStop());
  }

  /** @param isWanted whether the page shows live pictures */
  set isWanted(isWanted) {
    this.#isWanted = isWanted;
    this.#startOrStop();
  }

  /** @param key of the one camera whose pictures are wanted; undefined: all cameras */
  set cameraKey(key) {
    if (key === this.#cameraKey) return;
    this.#cameraKey = key;
    this.#stop();
    this.#startOrStop();
  }

  /** @param wantsResults whether pictures with the boxes of a detector are wanted, where there are some */
  set wantsResults(wantsResults) {
    if (wantsResults === this.#wantsResults) return;
    this.#wantsResults = wantsResults;
    this.#stop();
    this.#startOrStop();
  }

  #startOrStop() {
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
    const restartTimer = () => {
      if (this.#abort !== abort) return;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => abort.abort(), silenceTimeoutMs);
    };
    restartTimer();
    const query = new URLSearchParams();
    if (this.#cameraKey !== undefined) query.set('camera', this.#cameraKey);
    if (this.#wantsResults) query.set('results', '');
    try {
      for await (const { record, jpeg } of readFramed(`/api/live?${query}`, abort.signal, restartTimer)) {
        this.#handle(record, jpeg);
      }
    } catch (error) {
      if (error instanceof LoginRequired) {
        this.#handler.onLoginRequired();
        return;
      }
    }
    // The page has stopped this stream: it does not want another.
    if (this.#abort !== abort) return;
    this.#handler.onConnected(false);
    const delayMs = retryDelaysMs[Math.min(this.#failures++, retryDelaysMs.length - 1)];
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#abort = undefined;
      this.#startOrStop();
    }, delayMs);
  }

  /**
   * A fault of the page must not look like a broken stream: it is reported, and the stream goes on.
   */
  #handle(record, jpeg) {
    try {
      if (jpeg !== undefined) this.#handler.onPicture(record, jpeg);
      else if (record.type === 'cameras') this.#receiveCameras(record);
    } catch (error) {
      reportError(error);
    }
  }

  #receiveCameras(record) {
    this.#failures = 0;
    this.#handler.onConnected(true);
    this.#handler.onCameras(record);
  }
}
