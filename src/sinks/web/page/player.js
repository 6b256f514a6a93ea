import { formatPosition } from './format.js';
import { LoginRequired, readFramed } from './framed-stream.js';
import { Picture } from './picture.js';
import { setText } from './set-text.js';

const find = (name) => document.getElementById(`player${name}`);
/** A longer gap in a recording is played as one of this length. */
const maxGapMs = 2000;

const pause = (ms, signal) =>
  new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    signal.addEventListener('abort', finish, { once: true });
  });

/**
 * Plays a recording. The receiver sends pictures as fast as the player takes them; the player keeps
 * the time.
 */
export class Player {
  #picture = new Picture(find('-picture'));
  #recording;
  #abort;
  #positionMs = 0;
  #onLoginRequired;
  #onClose;

  constructor(onLoginRequired, onClose) {
    this.#onLoginRequired = onLoginRequired;
    this.#onClose = onClose;
    find('-toggle').addEventListener('click', () => this.#toggle());
    find('-close').addEventListener('click', () => this.close());
    find('-seek').addEventListener('input', (event) => {
      this.#stop();
      this.#setPosition(Number(event.target.value));
    });
    find('-seek').addEventListener('change', () => this.#start());
  }

  open(recording, title) {
    this.#stop();
    this.#picture.clear();
    this.#recording = recording;
    find('').hidden = false;
    setText(find('-title'), title);
    find('-seek').max = String(Math.max(1, recording.durationMs ?? 0));
    this.#setPosition(0);
    this.#start();
    find('').scrollIntoView({ block: 'nearest' });
    find('-toggle').focus();
  }

  close() {
    this.#stop();
    this.#recording = undefined;
    find('').hidden = true;
    this.#onClose();
  }

  #toggle() {
    if (this.#abort !== undefined) {
      this.#stop();
      return;
    }
    if (this.#positionMs >= Number(find('-seek').max)) this.#setPosition(0);
    this.#start();
  }

  #stop() {
    this.#abort?.abort();
    this.#abort = undefined;
    setText(find('-toggle'), 'Play');
  }

  #start() {
    this.#stop();
    if (this.#recording === undefined) return;
    this.#abort = new AbortController();
    setText(find('-toggle'), 'Pause');
    void this.#play(this.#abort);
  }

  async #play(abort) {
    const query = new URLSearchParams({ id: this.#recording.id, from: String(Math.floor(this.#positionMs)) });
    let isFirst = true;
    let dueMs = performance.now();
    try {
      for await (const { record, jpeg } of readFramed(`/api/play?${query}`, abort.signal)) {
        if (record.type === 'end') this.#setPosition(Number(find('-seek').max));
        if (jpeg === undefined) continue;
        const stepMs = isFirst ? 0 : (record.atMs - this.#positionMs) / Number(find('-speed').value);
        isFirst = false;
        dueMs = Math.max(dueMs + Math.min(Math.max(stepMs, 0), maxGapMs), performance.now() - 200);
        await pause(dueMs - performance.now(), abort.signal);
        if (abort.signal.aborted) return;
        this.#setPosition(record.atMs);
        this.#picture.show(jpeg);
      }
    } catch (error) {
      if (error instanceof LoginRequired) this.#onLoginRequired();
      else if (!abort.signal.aborted) setText(find('-title'), 'The rest of this recording cannot be played');
    }
    if (this.#abort === abort) this.#stop();
  }

  #setPosition(ms) {
    this.#positionMs = ms;
    const seek = find('-seek');
    if (ms > Number(seek.max)) seek.max = String(ms);
    seek.value = String(ms);
    const text = `${formatPosition(ms)} / ${formatPosition(Number(seek.max))}`;
    setText(find('-time'), text);
    seek.setAttribute('aria-valuetext', text);
  }
}
