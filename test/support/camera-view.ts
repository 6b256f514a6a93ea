import { Buffer } from 'node:buffer';
import type { Page } from 'playwright-core';

/** How a camera sees a screen. */
export interface CameraView {
  readonly width: number;
  readonly height: number;
  /** Degrees. */
  readonly turn: number;
  /** Standard deviation of the blur, in pixels of the camera. */
  readonly blur: number;
  /** Of the screen in the picture; 1: it fills the width or the height. */
  readonly zoom: number;
  /** The place of the screen in the room that is left: from 0 to 1. */
  readonly x: number;
  readonly y: number;
}

/**
 * The picture that a camera makes of a screen.
 * @param canvasPage any page of the browser that draws it
 * @param screenshot PNG
 * @returns JPEG
 */
export async function viewScreen(canvasPage: Page, screenshot: Uint8Array, view: CameraView): Promise<Uint8Array> {
  const png = Buffer.from(screenshot).toString('base64');
  // In a string, as the types of the tests have no browser.
  const draw = `(async ({ png, width, height, turn, blur, zoom, x, y }) => {
    const screen = new Image();
    screen.src = 'data:image/png;base64,' + png;
    await screen.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width, height });
    const context = canvas.getContext('2d');
    context.fillStyle = '#777';
    context.fillRect(0, 0, width, height);
    context.imageSmoothingQuality = 'high';
    context.filter = 'blur(' + blur + 'px)';
    const scale = Math.min(width / screen.width, height / screen.height) * zoom;
    const [w, h] = [screen.width * scale, screen.height * scale];
    context.translate(width / 2 + (x - 0.5) * (width - w), height / 2 + (y - 0.5) * (height - h));
    context.rotate((turn * Math.PI) / 180);
    context.drawImage(screen, -w / 2, -h / 2, w, h);
    return canvas.toDataURL('image/jpeg', 0.9).split(',')[1];
  })(${JSON.stringify({ png, ...view })})`;
  return new Uint8Array(Buffer.from((await canvasPage.evaluate(draw)) as string, 'base64'));
}
