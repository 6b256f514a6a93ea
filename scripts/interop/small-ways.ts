import { tinyJpeg } from '../../test/support/jpeg.ts';
import { smallOnly } from './pictures.ts';
import { type Way, ways } from './ways.ts';

const names: readonly string[] = ['classic', 'auto', 'auto-every', 'wire2', 'wire2-skip', 'token'];
const pictures: readonly Uint8Array[] = [100, 101, 102, 103].map((bytes, i) => tinyJpeg(480 - 16 * i, 315, bytes));
const withLarge = pictures.with(2, tinyJpeg(1280, 720, 110));

/** Ways that are not encrypted, with pictures so small that the recordings can be kept. */
export const smallWays: readonly Way[] = ways
  .filter(({ name }) => names.includes(name))
  .map((way) =>
    way.receiver === smallOnly
      ? { ...way, pictures: withLarge, arriving: pictures.toSpliced(2, 1) }
      : { ...way, pictures, arriving: pictures },
  );
