import type { Addon, Mat } from '../../opencv/addon.ts';
import { encodeJpeg } from '../../opencv/jpeg.ts';
import { formatTime } from '../../protocol/classic/classic-field.ts';
import type { CapturedFrame } from '../../protocol/frame.ts';
import type { PictureSize } from '../../protocol/jpeg/jpeg-size.ts';
import { pause } from '../../system/abort.ts';
import { readCaptureTime } from '../../system/clock.ts';
import { Pace } from '../pace.ts';
import type { PictureOptions } from '../shared-options.ts';

/** The meaning of `--size source` for a source that has no size of its own. */
const ownSize: PictureSize = { width: 1280, height: 720 };

type Color = readonly [blue: number, green: number, red: number];

/** The bars of a television test card at 75 %, left to right. */
const bars: readonly Color[] = [
  [191, 191, 191],
  [0, 191, 191],
  [191, 191, 0],
  [0, 191, 0],
  [191, 0, 191],
  [0, 0, 191],
  [191, 0, 0],
];

const white: Color = [255, 255, 255];

/**
 * A moving test card, for ever: colour bars, a running marker, the frame number and the clock.
 * Needs no hardware.
 */
export async function* drawPattern(
  cv: Addon,
  options: PictureOptions,
  signal: AbortSignal,
): AsyncGenerator<CapturedFrame, void, undefined> {
  const size = options.size ?? ownSize;
  const card = drawCard(cv, size);
  const pace = new Pace(options.intervalMs);
  try {
    for (let number = 1; ; number++) {
      await pause(pace.waitMs, signal);
      if (signal.aborted) return;
      pace.advance();
      const time = readCaptureTime();
      const mat = drawFrame(cv, card, size, number, time.capturedAtUs);
      yield { ...(await encodeJpeg(cv, mat, { ...options, size: undefined })), ...time };
    }
  } finally {
    card.release();
  }
}

function drawCard(cv: Addon, { width, height }: PictureSize): Mat {
  const card = new cv.Mat(height, width, cv.CV_8UC3, [0, 0, 0]);
  const barHeight = Math.round(height * 0.62);
  bars.forEach((color, i) => {
    const left = Math.round((i * width) / bars.length);
    const right = Math.round(((i + 1) * width) / bars.length) - 1;
    fillRectangle(cv, card, left, 0, right, barHeight - 1, color);
  });
  return card;
}

function drawFrame(cv: Addon, card: Mat, { width, height }: PictureSize, number: number, timeUs: number): Mat {
  const mat = card.copy();
  const top = Math.round(height * 0.62);
  const markerWidth = Math.max(2, Math.round(width / 40));
  const left = (number * Math.max(1, Math.round(width / 100))) % Math.max(1, width - markerWidth);
  fillRectangle(cv, mat, left, top, left + markerWidth, top + Math.round(height * 0.08), white);
  const scale = height / 315;
  writeText(cv, mat, `frame ${number}`, Math.round(width * 0.03), Math.round(height * 0.82), scale);
  writeText(
    cv,
    mat,
    `${formatTime(timeUs).slice(0, 23)} UTC`,
    Math.round(width * 0.03),
    Math.round(height * 0.94),
    scale * 0.8,
  );
  return mat;
}

function fillRectangle(
  cv: Addon,
  mat: Mat,
  left: number,
  top: number,
  right: number,
  bottom: number,
  color: Color,
): void {
  mat.drawRectangle(new cv.Point2(left, top), new cv.Point2(right, bottom), new cv.Vec3(...color), -1);
}

function writeText(cv: Addon, mat: Mat, text: string, left: number, base: number, scale: number): void {
  const origin = new cv.Point2(left, base);
  const thickness = Math.max(1, Math.round(scale * 1.5));
  mat.putText(text, origin, cv.FONT_HERSHEY_SIMPLEX, scale, new cv.Vec3(...white), thickness, cv.LINE_AA);
}
