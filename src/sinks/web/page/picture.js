import { drawBoxes } from './boxes.js';

/** Shows JPEGs on a canvas. While one is decoded, only the newest of the others waits. */
export class Picture {
  #canvas;
  #waiting;
  #isDecoding = false;
  /** Number of pictures shown: tests and scripts see by it that the picture moves. */
  #shownCount = 0;

  constructor(canvas) {
    this.#canvas = canvas;
  }

  /** @param record of the frame: `sequence`, and `detections` where a detector has answered for it */
  show(jpeg, record = {}) {
    this.#waiting = { jpeg, record };
    if (!this.#isDecoding) void this.#decodeWaiting();
  }

  /** Makes the canvas empty. */
  clear() {
    this.#waiting = undefined;
    const { width, height } = this.#canvas;
    this.#canvas.getContext('2d').clearRect(0, 0, width, height);
  }

  /** Shows the picture of another canvas. */
  copy(canvas) {
    this.#draw(canvas);
  }

  async #decodeWaiting() {
    this.#isDecoding = true;
    while (this.#waiting !== undefined) {
      const { jpeg, record } = this.#waiting;
      this.#waiting = undefined;
      try {
        const bitmap = await createImageBitmap(new Blob([jpeg], { type: 'image/jpeg' }));
        this.#draw(bitmap);
        if (record.detections !== undefined) drawBoxes(this.#canvas, record.detections);
        bitmap.close();
        this.#canvas.dataset.sequence = String(record.sequence ?? '');
        this.#canvas.dataset.shown = String(++this.#shownCount);
      } catch {
        this.#canvas.dataset.damaged = String(Number(this.#canvas.dataset.damaged ?? 0) + 1);
      }
    }
    this.#isDecoding = false;
  }

  #draw(image) {
    const canvas = this.#canvas;
    if (canvas.width !== image.width) canvas.width = image.width;
    if (canvas.height !== image.height) canvas.height = image.height;
    canvas.getContext('2d', { alpha: false }).drawImage(image, 0, 0);
  }
}
