import { tinyJpeg } from '../../test/support/jpeg.ts';

/** The largest picture that `smallOnly` accepts. */
export const smallOnly = ['--max-size', '640x480'] as const;

/** Of many lengths: each of the three that base64 pads in another way, and some that no single packet holds. */
export const pictures: readonly Uint8Array[] = [100, 101, 102, 16_000, 90_001, 250_000, 1, 65_536].map((bytes, i) =>
  tinyJpeg(480 - 16 * i, 315, bytes),
);

/** The same, with one picture that `smallOnly` rejects. */
export const withLarge: readonly Uint8Array[] = pictures.with(3, tinyJpeg(1280, 720, 20_000));
export const withoutLarge: readonly Uint8Array[] = pictures.toSpliced(3, 1);
