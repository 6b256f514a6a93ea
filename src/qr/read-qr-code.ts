import { decodeQR } from 'qr/decode.js';
import { type GreyPicture, sharpen } from './sharpen.ts';

/**
 * A radius in pixels, and a factor: of those tried they read most of the codes that were out of
 * focus (test/qr).
 */
const radius = 4;
const amount = 8;

/**
 * The text of a QR code in a picture: as the picture is, or else sharpened, as cameras with a fixed
 * focus see near things blurred. Anyone can show any code: the text may be anything.
 * @returns undefined where there is none that can be read
 */
export function readQrCode(picture: GreyPicture): string | undefined {
  return decode(picture) ?? decode(sharpen(picture, { radius, amount }));
}

function decode({ width, height, pixels }: GreyPicture): string | undefined {
  // The reader wants colours behind the grey, and does not look at them.
  const data = new Uint8Array(pixels.length + 2 * Math.ceil(width / 2) * Math.ceil(height / 2));
  data.set(pixels);
  try {
    return decodeQR({ width, height, data }, { format: 'I420' });
  } catch {
    // It throws where it finds none.
    return undefined;
  }
}
