import { describeDetector, formatLatency, formatOffline, formatTimestamp } from './format.js';
import { Picture } from './picture.js';
import { setText } from './set-text.js';

const find = (name) => document.getElementById(`full-size${name}`);

/** Shows one camera in the whole window. Arrow keys go to the next camera, Esc goes back to all. */
export class FullSize {
  #dialog = find('');
  #canvas = find('-picture');
  #picture = new Picture(this.#canvas);
  #listTiles;
  #onChange;
  #tile;

  /**
   * @param listTiles gives all tiles in their order
   * @param onChange is called when another camera is shown, or none
   */
  constructor(listTiles, onChange) {
    this.#listTiles = listTiles;
    this.#onChange = onChange;
    find('-close').addEventListener('click', () => this.#dialog.close());
    find('-previous').addEventListener('click', () => this.#go(-1));
    find('-next').addEventListener('click', () => this.#go(1));
    find('-snapshot').addEventListener('click', (event) => {
      event.currentTarget.download = `${this.key}_${formatTimestamp(new Date())}.jpg`;
    });
    this.#dialog.addEventListener('keydown', (event) => {
      const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      this.#go(step);
    });
    this.#dialog.addEventListener('close', () => {
      const tile = this.#tile;
      this.#tile = undefined;
      this.#onChange();
      tile?.focus();
    });
  }

  /** Key of the camera that is shown; undefined: none is. */
  get key() {
    return this.#tile?.element.dataset.camera;
  }

  open(tile) {
    this.#tile = tile;
    this.#picture.copy(tile.canvas);
    this.update(new Date());
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#onChange();
  }

  show(jpeg, record) {
    this.#picture.show(jpeg, record);
  }

  /** @param now time of the receiver's clock */
  update(now) {
    const report = this.#tile?.report;
    if (report === undefined) return;
    const { name, online, fps, dropped, width, height, urls, detector } = report;
    setText(find('-name'), name);
    const size = width === null ? '' : `${width} × ${height} · `;
    const sees = detector === null ? '' : ` · sees ${describeDetector(detector)}`;
    const figures = `${size}${fps.toFixed(1)} fps · latency ${formatLatency(report)} · ${dropped} dropped${sees}`;
    setText(find('-figures'), figures);
    this.#canvas.setAttribute('aria-label', `Live picture of ${name}`);
    find('-snapshot').href = urls.snapshot;
    this.#dialog.classList.toggle('dim', !online);
    find('-offline').hidden = online;
    setText(find('-offline'), online ? '' : formatOffline(report.since, now));
  }

  #go(step) {
    const tiles = this.#listTiles();
    const index = tiles.indexOf(this.#tile);
    const next = tiles[(index + step + tiles.length) % tiles.length];
    if (next !== undefined) this.open(next);
  }
}
