/** Shows JPEGs on a canvas, the newest one when the one before is decoded. */
export class Picture {
  #canvas;
  #waiting;
  #isDecoding = false;
  /** How many were shown, and which one: for whoever looks whether pictures move. */
  #shown = 0;

  constructor(canvas) {
    this.#canvas = canvas;
  }

  show(jpeg) {
    this.#waiting = jpeg;
    if (!this.#isDecoding) void this.#drain();
  }

  /** Forgets what it shows. */
  clear() {
    this.#waiting = undefined;
    const { width, height } = this.#canvas;
    this.#canvas.getContext('2d').clearRect(0, 0, width, height);
  }

  /** Shows what another canvas shows. */
  copy(canvas) {
    this.#draw(canvas);
  }

  async #drain() {
    this.#isDecoding = true;
    while (this.#waiting !== undefined) {
      const jpeg = this.#waiting;
      this.#waiting = undefined;
      try {
        const bitmap = await createImageBitmap(new Blob([jpeg], { type: 'image/jpeg' }));
        this.#draw(bitmap);
        bitmap.close();
        this.#canvas.dataset.shown = String(++this.#shown);
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
