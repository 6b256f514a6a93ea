import { Buffer } from 'node:buffer';
import { tinyJpeg } from '../../test/support/jpeg.ts';

/** Says where a picture comes from: the run of a sender, and its place in that run. */
export interface PictureNumber {
  /** Letters, digits and `-`. */
  readonly run: string;
  /** From 1. */
  readonly number: number;
}

const marker = 'image-socket picture';
const pattern = new RegExp(`^${marker} ([0-9A-Za-z-]+) (\\d+) `);
/** SOI, then the marker and the length of the comment. */
const textOffset = 6;
const [width, height] = [640, 480];

/**
 * A JPEG with its number in a comment, the same bytes each time it is made. Its picture data means nothing.
 * @param bytes about its length
 */
export function makePicture({ run, number }: PictureNumber, bytes: number): Uint8Array {
  const plain = tinyJpeg(width, height, Math.max(1, bytes - 100));
  const text = Buffer.from(`${marker} ${run} ${number} `);
  const length = text.length + 2;
  const comment = Buffer.from([0xff, 0xfe, length >> 8, length & 255, ...text]);
  return Buffer.concat([plain.subarray(0, 2), comment, plain.subarray(2)]);
}

/** The number within a picture; undefined where it has none. */
export function readNumber(jpeg: Uint8Array): PictureNumber | undefined {
  const text = Buffer.from(jpeg.subarray(textOffset, textOffset + 200)).toString('latin1');
  const [, run, number] = pattern.exec(text) ?? [];
  return run === undefined ? undefined : { run, number: Number(number) };
}
